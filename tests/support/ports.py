"""Ports. A program that can choose its own (port 0) should; this is for those that cannot."""
import random
import socket

_LOWEST, _HIGHEST = 10_000, 32_767  # above them are those that Linux gives away by itself
_dice = random.SystemRandom()
_marks = []  # sockets whose names tell other tests which ports are given away


def free_port():
    """A port that is free, and that no other test is given as long as this one lives."""
    while True:
        port = _dice.randint(_LOWEST, _HIGHEST)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0daybook-test-port-{port}")
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
            continue
        _marks.append(mark)
        return port


def accepts(host, port, timeout_s=0.2):
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def split(address):
    """"host:port" -> (host, port)"""
    host, _, port = address.rpartition(":")
    return host, int(port)
