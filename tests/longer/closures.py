"""Turns what other resolvers take and say into the sets and answers that closures.rs compares.

python3 closures.py reactor SETS DIRECTORY        a Maven project with a module for each set
python3 closures.py of_tree                       what `mvn dependency:tree` says, as an answer
python3 closures.py of_urls REPOSITORY            what `coursier resolve --candidate-urls` says, as an answer
python3 closures.py of_cases CASES DIRECTORY      a directory of coursier's own cases, as sets and answers
python3 closures.py serve DIRECTORY               a repository on loopback; its URL comes first
"""

import csv
import functools
import http.server
import pathlib
import re
import sys


def reactor(sets, directory):
    """No module depends on another, so that each is resolved as if it were alone."""
    directory, modules = pathlib.Path(directory), ""
    for line in pathlib.Path(sets).read_text().splitlines():
        name, coordinates = line.split("\t")[:2]
        dependencies = ""
        for coordinate in coordinates.split(" "):
            group, artifact, version = coordinate.split(":")
            dependencies += f"<dependency>{gav(group, artifact, version)}</dependency>"
        project(directory / name, name, f"<dependencies>{dependencies}</dependencies>")
        modules += f"<module>{name}</module>"
    project(directory, "closures", f"<modules>{modules}</modules>")


def project(directory, name, body):
    directory.mkdir(parents=True, exist_ok=True)
    head = f"<modelVersion>4.0.0</modelVersion>{gav('fatwood.tests', name, 1)}<packaging>pom</packaging>"
    (directory / "pom.xml").write_text(f"<project>{head}{body}</project>\n")


def gav(group, artifact, version):
    return f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"


def of_tree():
    """Lines as `|  +- group:artifact:type[:classifier]:version:scope (remark)`, below one for the project."""
    releases = set()
    for line in sys.stdin.read().splitlines()[1:]:
        group, artifact, _, *classifier, version, scope = line.lstrip(" |+-\\").split(" ")[0].split(":")
        if scope in ("compile", "runtime"):
            releases.add(":".join([group, artifact, version, *classifier]))
    print(*sorted(releases), sep="\n")


def of_urls(repository):
    """The directory says which release it is: coursier may leave a property in the name of the file."""
    releases = set()
    for url in sys.stdin.read().split():
        *group, artifact, version, name = url.removeprefix(repository.rstrip("/") + "/").split("/")
        classifier = pathlib.PurePath(name).stem.partition(f"-{version}")[2].removeprefix("-")
        releases.add(":".join([".".join(group), artifact, version, *filter(None, [classifier])]))
    print(*sorted(releases), sep="\n")


# What fatwood does not have by design, by the option of coursier's that asks for it.
ABSENT = {
    "profiles": "profiles that are named by hand",
    "fdm": "management that wins over a root's own version",
    "config": "a scope other than runtime",
    "defconf": "a scope other than runtime",
    "repos": "repositories that are not frozen with the cases",
    "boms": "BOMs as roots",
    "relaxed": "reconciliation by other rules",
    "provided": "provided dependencies",
    "nosys": "a target without a platform",
}


def of_cases(cases, directory):
    cases, directory = pathlib.Path(cases), pathlib.Path(directory)
    (directory / "answers").mkdir(parents=True, exist_ok=True)
    taken, skipped = [], {}
    for row in csv.DictReader((cases / "index.tsv").open(), delimiter="\t"):
        options = dict(option.split("=", 1) for option in row["options"].split(";") if option)
        reason = why_skipped(row["roots"], options)
        if reason:
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        roots = [root.replace(",classifier=", ":").split(":") for root in row["roots"].split()]
        roots = [":".join([g, a, "jar", *rest, version] if rest else [g, a, version]) for g, a, version, *rest in roots]
        java = re.sub(r"^1\.", "", options.get("jdk", "17")).split(".")[0]
        taken.append("\t".join([row["name"], " ".join(roots), java, options.get("excl", "")]))
        (directory / "answers" / row["name"]).write_text("\n".join(sorted(answer_of_case(cases, row["name"]))) + "\n")
    (directory / "sets.tsv").write_text("\n".join(taken) + "\n")
    for reason, count in sorted(skipped.items()):
        print(f"SKIPPED {count} that need {reason}")


def answer_of_case(cases, name):
    """Files where a release has some, `group:artifact:extension[:classifier]:version`; else the release itself.

    What follows after a tab says whether a file may be missing."""
    of_release = {}
    for line in (cases / "artifacts" / f"{name}.txt").read_text().splitlines():
        group, artifact, _, *classifier, version = line.split("\t")[0].split(":")
        release = ":".join([group, artifact, version])
        of_release.setdefault(release, set()).add(":".join([release, *classifier]))
    releases = (cases / "expected" / f"{name}.txt").read_text().split()
    return {file for release in releases for file in of_release.get(release, [release])}


def why_skipped(roots, options):
    reason = next((reason for option, reason in ABSENT.items() if option in options), None)
    if reason:
        return reason
    if options.get("os", "linux") != "linux":
        return "a target other than Linux"
    if re.search(r",(bom|override)=", roots):
        return "overrides at a root"
    if re.search(r":latest\.|\+$|\+ ", roots):
        return "versions that change with time"
    return None


class Handler(http.server.SimpleHTTPRequestHandler):
    """Keeps connections, and answers at once: there are some ten thousand small files."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass


def serve(directory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=directory))
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


{each.__name__: each for each in (reactor, of_tree, of_urls, of_cases, serve)}[sys.argv[1]](*sys.argv[2:])
