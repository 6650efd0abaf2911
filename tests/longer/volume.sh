# Volumes that refuse: full, in bytes and in inodes, and read-only. Sourced by `run`.
#
# Each check mounts a tmpfs in a mount namespace of its own, so that nothing stays mounted.

prove_volume() {
    if ! namespace true 2>/dev/null; then
        say "SKIPPED volume: no mount namespace is to be had here; run as root"
        return
    fi
    start_store
    check "volume: full, and filled when there is room" full_volume_is_reported size=1m
    check "volume: no inodes, and filled when there are some" full_volume_is_reported nr_inodes=4
    check "volume: read-only" read_only_volume_is_refused
    if ((EUID == 0)); then
        check "volume: the privileged unit tests" privileged_unit_tests
    else
        say "SKIPPED volume: the privileged unit tests; run as root"
    fi
}

# A manifest of one file of 2 MiB.
large_manifest() {
    head -c 2097152 /dev/urandom >"$scratch/large.bin"
    put private/large.bin "$scratch/large.bin"
    signed fatwood resolve --file s3://private/large.bin -o "$scratch/large.json"
}

# full_volume_is_reported OPTION: of tmpfs.
full_volume_is_reported() {
    large_manifest
    mkdir -p "$scratch/full"
    export XDG_CACHE_HOME=$scratch/cache
    signed namespace bash -euo pipefail -s "$1" "$FATWOOD_BIN" "$scratch" <<'BASH'
option=$1 fatwood=$2 scratch=$3 code=0
mount -t tmpfs -o "$option" tmpfs "$scratch/full"
timeout --foreground 120 "$fatwood" populate "$scratch/large.json" --volume "$scratch/full" || code=$?
[[ $code == 79 ]] || { echo "exit code 79 was expected, not $code"; exit 1; }
[[ -z $(ls "$scratch/full/sets" "$scratch/full/staging" 2>/dev/null | grep -v ':$' | tr -d '\n') ]]
mount -o remount,size=16m,nr_inodes=1000 "$scratch/full"
timeout --foreground 120 "$fatwood" populate "$scratch/large.json" --volume "$scratch/full"
cmp "$scratch/large.bin" "$scratch"/full/sets/*/files/large.bin
BASH
}

read_only_volume_is_refused() {
    large_manifest
    mkdir -p "$scratch/closed"
    export XDG_CACHE_HOME=$scratch/cache
    signed namespace bash -euo pipefail -s "$FATWOOD_BIN" "$scratch" <<'BASH'
fatwood=$1 scratch=$2 code=0
mount -t tmpfs -o ro tmpfs "$scratch/closed"
timeout --foreground 120 "$fatwood" populate "$scratch/large.json" --volume "$scratch/closed" 2>"$scratch/closed.err" || code=$?
cat "$scratch/closed.err"
[[ $code == 73 ]] || { echo "exit code 73 was expected, not $code"; exit 1; }
grep -qF "$scratch/closed" "$scratch/closed.err"
BASH
}

# By their name: other ignored tests are parts of these.
privileged_unit_tests() {
    need strace strace
    (cd "$root" && cargo test --quiet --workspace --locked --lib -- --ignored privileged_) | tee "$scratch/privileged"
    grep -q '[1-9][0-9]* passed' "$scratch/privileged"
}
