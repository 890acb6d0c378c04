"""What the figures were measured on."""
import datetime
import os
import pathlib
import platform
import re
import subprocess

from support import ROOT, kafka


def facts(folder):
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    meminfo = pathlib.Path("/proc/meminfo").read_text()
    model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _git("rev-parse", "--short", "HEAD") + "+" * bool(_git("status", "-s", "src")),
        "cpu": model.group(1).strip() if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(re.search(r"MemTotal:\s+(\d+)", meminfo).group(1)) / 1e6),
        "virtual": "hypervisor" in cpuinfo,
        "kernel": platform.release(),
        "file_system": subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True,
                                      text=True, check=True).stdout.strip(),
        "congestion_control": pathlib.Path(
            "/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip(),
        "load_before": os.getloadavg()[0],
        "java": re.search(r'version "([^"]+)"', java.stderr).group(1),
        "kafka": kafka.version(),
    }


def stolen_s():
    """Core seconds that the machine below this one took away so far."""
    cpu = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()
    return int(cpu[8]) / os.sysconf("SC_CLK_TCK")


def _git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.strip() or "" if done.returncode == 0 else ""
