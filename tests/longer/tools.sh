# Installs what the run needs by ordinary clients, outside of the tree. Sourced by `run`.

# need COMMAND PACKAGE: a command of the machine; installed with apt where it is missing and can be.
need() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || { echo "\`$1\` is needed; install it" >&2; exit 69; }
    say "installing $2"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null
}

prepare_tools() {
    say "tools in $cache"
    need curl curl
    need java openjdk-17-jre-headless
    need mvn maven
    need python3 python3-venv
    need update-ca-certificates ca-certificates
    python=$(python3 -c 'import platform; print(".".join(platform.python_version_tuple()[:2]))')
    tools=$cache/tools-$python-$(sha256sum "$here/requirements.txt" | cut -c1-16)
    if [[ ! -e $tools/.complete ]]; then
        say "installing Spark and SeaweedFS with pip"
        rm -rf "$tools"
        python3 -m venv "$tools"
        timeout --foreground 900 "$tools/bin/pip" install --quiet --requirement "$here/requirements.txt"
        touch "$tools/.complete"
    fi
    if [[ -z ${FATWOOD_BIN:-} ]]; then
        say "building the binary"
        build_static "$root"
        FATWOOD_BIN=$root/target/$static_target/release/fatwood
    fi
    say "proving $FATWOOD_BIN"
}

static_target=$(uname -m)-unknown-linux-gnu

# build_static ROOT: the binary as it is shipped. The target is named so that build scripts and
# procedural macros, which cannot be static, are built without the flag.
build_static() {
    (cd "$1" && RUSTFLAGS='-C target-feature=+crt-static' cargo build --quiet --release --locked \
        --target "$static_target" --bin fatwood)
}

# The binary, with the machine's own configuration of sources and a cache that begins empty.
fatwood() { XDG_CACHE_HOME=$scratch/cache timeout --foreground 600 "$FATWOOD_BIN" "$@"; }

# namespace FLAG... COMMAND...: runs as root of a mount namespace; the flags are more of `unshare`.
namespace() {
    if ((EUID == 0)); then unshare --mount "$@"; else unshare --map-root-user --mount "$@"; fi
}

# Free ports of loopback.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys

sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for each in sockets:
    each.bind(("127.0.0.1", 0))
print(*[each.getsockname()[1] for each in sockets])
PYTHON
}
