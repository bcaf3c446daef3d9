"""What programs do with docker-py, each line checked. Prints `all held`."""

import io
import tarfile
import time

import docker
from docker.types import IPAMConfig, IPAMPool

client = docker.from_env()
assert client.ping()
assert client.info()["OSType"] == "linux"

pool = IPAMPool(subnet="10.9.0.0/24", gateway="10.9.0.1")
network = client.networks.create("own", labels={"a": "b"}, ipam=IPAMConfig(pool_configs=[pool]))
assert client.containers.run("berth/host", "echo hello", remove=True) == b"hello\n"
try:
    client.containers.run("berth/host", "sh -c 'echo bad >&2; exit 3'", remove=True)
    raise AssertionError("a failure was not told")
except docker.errors.ContainerError as error:
    assert (error.exit_status, error.stderr) == (3, b"bad\n")

web = client.containers.run(
    "berth/host",
    "sh -c 'echo up; exec sleep 600'",
    detach=True,
    init=True,
    name="web",
    network="own",
    ports={"80/tcp": None, "53/udp": ("127.0.0.1", 5353)},
    environment={"COLOUR": "blue"},
    labels=["marked"],
    mem_limit="64m",
    volumes={"kept": {"bind": "/kept", "mode": "rw"}},
)
web.reload()
assert web.status == "running"
assert web.ports["53/udp"] == [{"HostIp": "127.0.0.1", "HostPort": "5353"}]
assert int(web.ports["80/tcp"][0]["HostPort"]) > 0
assert web.attrs["NetworkSettings"]["Networks"]["own"]["IPAddress"] == "10.9.0.2"
assert client.containers.list(filters={"label": "marked"}) == [web]
assert web.exec_run(["sh", "-c", "echo $COLOUR"]).output == b"blue\n"
assert web.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"], demux=True) == (4, (b"out\n", b"err\n"))
assert web.top()["Titles"][1] == "PID"
assert web.stats(stream=False)["memory_stats"]["limit"] == 64 << 20

packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w") as archive:
    entry = tarfile.TarInfo("given")
    entry.size = 3
    archive.addfile(entry, io.BytesIO(b"abc"))
assert web.put_archive("/kept", packed.getvalue())
chunks, facts = web.get_archive("/kept/given")
assert facts["size"] == 3
with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
    assert archive.extractfile("given").read() == b"abc"

web.pause()
web.reload()
assert web.status == "paused"
web.unpause()
web.rename("site")
web.update(mem_limit="96m", memswap_limit="96m")
web.restart(timeout=1)
web.kill()
assert web.wait()["StatusCode"] == 137
assert web.logs(tail=1) == b"up\n"

web.start()
network.disconnect(web)
network.connect(web, aliases=["store"], ipv4_address="10.9.0.77")
web.reload()
endpoint = web.attrs["NetworkSettings"]["Networks"]["own"]
assert endpoint["IPAddress"] == "10.9.0.77" and "store" in endpoint["Aliases"]

attached = client.containers.create("berth/host", "cat", stdin_open=True)
socket = attached.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
attached.start()
socket._sock.send(b"typed\n")
assert socket.read(14) == b"\x01\x00\x00\x00\x00\x00\x00\x06typed\n"
attached.remove(force=True)

past = client.events(since=1, until=int(time.time()) + 1, decode=True)
assert [event["Action"] for event in past][:2] == ["create", "create"]

for missing, look in ((docker.errors.NotFound, client.containers), (docker.errors.ImageNotFound, client.images)):
    try:
        look.get("nobody")
        raise AssertionError("nobody was found")
    except missing:
        pass

web.stop(timeout=1)
web.remove(v=True)
network.remove()
client.volumes.get("kept").remove()
assert client.containers.list(all=True) == []
assert client.volumes.prune()["VolumesDeleted"] in ([], None)
print("all held")
