# A real Python package index, as the machine's own pip knows it; pip is the oracle. Sourced by `run`.

prove_python() {
    check "python: pandas for Python 3.10" wheels_are_pips 3.10 pandas==2.2.3
    check "python: pandas for Python 3.11" wheels_are_pips 3.11 pandas==2.2.3
    check "python: pandas for this machine's Python $python, imported" populated_wheels_are_imported
    check "python: wheels installed as pip installs them" trees_are_pips
    check "python: locks are installed by pip and by uv" locks_are_installed
    check "python: locks by uv and by pip are taken" locks_are_taken
}

# manifest_of_wheels FILE PYTHON REQUIREMENT: resolves for Linux on amd64 with glibc 2.28.
manifest_of_wheels() {
    cat >"$1.yaml" <<YAML
apiVersion: fatwood.dev/v1alpha1
kind: DependencySet
metadata:
  name: wheels
spec:
  target:
    python: "$2"
    platform: linux/amd64
    glibc: "2.28"
  requirements:
    - $3
YAML
    fatwood resolve "$1.yaml" -o "$1"
}

# wheels_by_pip DIRECTORY PYTHON REQUIREMENT: what pip would fetch for the same target.
wheels_by_pip() {
    local abi=cp${2/./} platforms=() minor
    for minor in $(seq 28 -1 5); do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done
    platforms+=(--platform manylinux2014_x86_64 --platform manylinux2010_x86_64 --platform manylinux1_x86_64)
    # Wheels that a machine keeps beside its index are not the index'.
    PIP_FIND_LINKS='' timeout --foreground 600 "$tools/bin/pip" download --quiet --no-cache-dir --only-binary=:all: --implementation cp \
        --python-version "$2" --abi "$abi" --abi abi3 --abi none "${platforms[@]}" --dest "$1" "$3"
}

wheels_are_pips() {
    local name=$scratch/wheels-$1
    manifest_of_wheels "$name.json" "$1" "$2"
    fatwood populate "$name.json" --volume "$name"
    fatwood verify --volume "$name" "$name.json"
    wheels_by_pip "$name-oracle" "$1" "$2"
    same "wheels" "$(cd "$name-oracle" && sha256sum -- *.whl | LC_ALL=C sort)" "$(digests_of "$name.json")"
}

populated_wheels_are_imported() {
    local name=$scratch/here set
    manifest_of_wheels "$name.json" "$python" pandas==2.2.3
    fatwood populate "$name.json" --volume "$name"
    set=$(set_of "$name")
    PYTHONPATH=$set/python python3 - "$set/python" <<'PYTHON'
import importlib.metadata, os, sys

import numpy, pandas

for module in (numpy, pandas):
    assert os.path.realpath(module.__file__).startswith(os.path.realpath(sys.argv[1]) + "/"), module.__file__
assert importlib.metadata.version("pandas") == "2.2.3"
assert int(pandas.DataFrame({"a": numpy.arange(5)}).a.sum()) == 10
PYTHON
}

# pip is the oracle of the whole tree too: names, modes and bytes of every file.
trees_are_pips() {
    local wheels=$scratch/trees
    PIP_FIND_LINKS='' timeout --foreground 600 "$tools/bin/pip" download --quiet --no-cache-dir --no-deps --only-binary=:all: \
        --dest "$wheels" six requests numpy pandas==2.2.3 boto3
    (cd "$root" && PATH=$tools/bin:$PATH FATWOOD_WHEELS=$wheels cargo test --quiet --locked --package fatwood --test longer-wheels -- --ignored)
}

# installed DIRECTORY: the distributions below it, by name and version.
installed() {
    (cd "$1" && printf '%s\n' *.dist-info | LC_ALL=C sort)
}

# All four install the same, each from the file alone.
locks_are_installed() {
    local name=$scratch/locks
    mkdir -p "$name"
    manifest_of_wheels "$name/manifest.json" "$python" pandas==2.2.3
    fatwood export "$name/manifest.json" --format pylock -o "$name/pylock.toml"
    fatwood export "$name/manifest.json" --format requirements -o "$name/requirements.txt"
    timeout --foreground 600 "$tools/bin/pip" install --quiet --target "$name/pip" -r "$name/pylock.toml"
    timeout --foreground 600 "$tools/bin/uv" pip install --quiet --target "$name/uv" -r "$name/pylock.toml"
    timeout --foreground 600 "$tools/bin/pip" install --quiet --require-hashes --target "$name/pip-hashes" -r "$name/requirements.txt"
    timeout --foreground 600 "$tools/bin/uv" pip install --quiet --require-hashes --target "$name/uv-hashes" -r "$name/requirements.txt"
    fatwood populate "$name/manifest.json" --volume "$name/volume"
    local expected each
    expected=$(installed "$(set_of "$name/volume")/python")
    for each in pip uv pip-hashes uv-hashes; do same "$each" "$expected" "$(installed "$name/$each")"; done
}

# The same wheels as resolved here, from a lock for every platform and from one for this machine.
locks_are_taken() {
    local name=$scratch/taken each
    mkdir -p "$name"
    manifest_of_wheels "$name/manifest.json" "$python" pandas==2.2.3
    echo pandas==2.2.3 >"$name/requirements.in"
    timeout --foreground 600 "$tools/bin/uv" pip compile --quiet --universal --python-version "$python" --format pylock.toml \
        -o "$name/pylock.uv.toml" "$name/requirements.in"
    timeout --foreground 600 "$tools/bin/pip" lock --quiet -o "$name/pylock.pip.toml" -r "$name/requirements.in"
    for each in uv pip; do
        fatwood resolve --pylock "$name/pylock.$each.toml" --python "$python" -o "$name/$each.json"
        same "$each" "$(digests_of "$name/manifest.json")" "$(digests_of "$name/$each.json")"
    done
}
