"""Ports. A program that can choose its own (port 0) should; this is for those that cannot."""
import socket


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


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
