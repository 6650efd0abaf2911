"""Runs the binary in a root directory that holds nothing but it and what Kubernetes
puts into every container: a hosts file, a resolv.conf and devices.

Wants a mount and a network namespace of its own: it brings loopback up, and serves DNS on port 53 and a Maven
repository on port 8080. Both names must resolve: one from the hosts file, one from the name server.
"""

import fcntl
import functools
import hashlib
import http.server
import io
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import threading
import zipfile

LOOPBACK = bytes([127, 0, 0, 1])
A, IN = 1, 1


def bring_loopback_up():
    """What `ip link set lo up` does, where there is no `ip`."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def serve_names(asked):
    """Answers every question for an A record with 127.0.0.1, others with nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(4096)
        end = query.index(0, 12) + 1
        kind, _ = struct.unpack("!HH", query[end : end + 4])
        asked.append(query[12:end])
        question = query[12 : end + 4]
        answer = b"\xc0\x0c" + struct.pack("!HHIH", A, IN, 60, 4) + LOOPBACK if kind == A else b""
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if answer else 0, 0, 0)
        server.sendto(head + question + answer, client)


def publish(site):
    """A repository with one jar."""
    place = site / "org/example/engine/1.0"
    place.mkdir(parents=True)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
    pom = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
        "<artifactId>engine</artifactId><version>1.0</version></project>"
    ).encode()
    for name, content in {"engine-1.0.jar": archive.getvalue(), "engine-1.0.pom": pom}.items():
        (place / name).write_bytes(content)
        (place / f"{name}.sha1").write_text(hashlib.sha1(content).hexdigest())


def main(binary, place):
    root, site = pathlib.Path(place) / "root", pathlib.Path(place) / "site"
    for directory in ["home", "etc"]:
        (root / directory).mkdir(parents=True)
    shutil.copy(binary, root / "fatwood")
    (root / "etc/hosts").write_text("127.0.0.1 listed.example\n")
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    (root / "dev").mkdir()
    for device in ["/dev/null", "/dev/random", "/dev/urandom"]:
        (root / device[1:]).touch()
        subprocess.run(["mount", "--bind", device, root / device[1:]], check=True)
    publish(site)
    bring_loopback_up()
    asked = []
    threading.Thread(target=serve_names, args=[asked], daemon=True).start()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    repository = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), handler)
    threading.Thread(target=repository.serve_forever, daemon=True).start()
    for host in ["listed.example", "served.example"]:
        environment = {
            "HOME": "/home",
            "FATWOOD_REPOSITORY_CENTRAL": f"http://{host}:8080/",
            "FATWOOD_ALLOW_HTTP": "central",
        }
        words = ["/fatwood", "resolve", "--packages", "org.example:engine:1.0"]
        enter = functools.partial(os.chroot, root)
        run = subprocess.run(words, env=environment, cwd="/", preexec_fn=enter, capture_output=True, timeout=60)
        assert run.returncode == 0, f"{host}: exit code {run.returncode}\n{run.stderr.decode()}"
        assert b"engine-1.0.jar" in run.stdout, run.stdout
    assert any(b"served" in name for name in asked), f"the name server was not asked: {asked}"


main(*sys.argv[1:])
