# Runs checks and counts them. Sourced by `run`.

passed=0
failed=0

say() { printf '%4ds  %s\n' "$SECONDS" "$*"; }

# check NAME COMMAND...: runs a function in a subshell that ends at its first failing command. Its
# output is shown where it fails.
check() {
    local name=$1 log="$scratch/check.log" started=$SECONDS code=0
    shift
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1
    code=$?
    set -e
    if ((code == 0)); then
        passed=$((passed + 1))
        say "passed  $name ($((SECONDS - started)) s)"
    else
        failed=$((failed + 1))
        say "FAILED  $name (exit code $code)"
        sed 's/^/        | /' "$log" | tail -n 60
    fi
}

# Ends the run: the closing line, and failure where a check failed or none ran.
conclude() {
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}

# exits CODE COMMAND...: the command must end with this code; what it said stays on stderr.
exits() {
    local expected=$1 code=0
    shift
    "$@" || code=$?
    ((code == expected)) || { echo "exit code $expected was expected of \`$*\`, not $code" >&2; return 1; }
}

# same WHAT EXPECTED ACTUAL: two texts must be equal, and say something.
same() {
    [[ -n $2 ]] || { echo "$1: nothing is expected, so nothing is proved" >&2; return 1; }
    [[ $2 == "$3" ]] || { printf '%s: expected\n%s\n---- actual\n%s\n' "$1" "$2" "$3" >&2; return 1; }
}

# contains FILE TEXT
contains() {
    grep -qF -- "$2" "$1" || { echo "\`$2\` is not in $1:" >&2; tail -n 40 "$1" >&2; return 1; }
}

# The one published set of a volume. Called in a substitution, so that its option stays its own.
set_of() {
    local sets
    shopt -s nullglob
    sets=("$1"/sets/*)
    ((${#sets[@]} == 1)) || { echo "one set was expected in $1, not ${#sets[@]}" >&2; return 1; }
    echo "${sets[0]}"
}

# The lines `SHA-256  FILE` of a manifest, sorted.
digests_of() {
    python3 - "$1" <<'PYTHON' | LC_ALL=C sort
import json, sys

for artifact in json.load(open(sys.argv[1]))["artifacts"]:
    print(artifact["sha256"] + "  " + artifact["file"])
PYTHON
}
