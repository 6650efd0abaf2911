# coursier, the resolver of Scala's tools, from the jars that the machine's own Maven fetches. Sourced by `run`.

coursier_version=2.1.24

# Sets `coursier`, the words that begin a command line of it, and `central`, the repository that the machine's
# Maven asks, which is the only one that this coursier asks.
prepare_coursier() {
    local home=$cache/coursier-$coursier_version
    if [[ ! -e $home/.complete ]]; then
        say "installing coursier $coursier_version with Maven"
        rm -rf "$home"
        mkdir -p "$home"
        cat >"$home/pom.xml" <<XML
<project><modelVersion>4.0.0</modelVersion><groupId>fatwood.tests</groupId><artifactId>coursier</artifactId>
<version>1</version><packaging>pom</packaging><dependencies><dependency><groupId>io.get-coursier</groupId>
<artifactId>coursier-cli_2.13</artifactId><version>$coursier_version</version></dependency></dependencies></project>
XML
        (cd "$home" && maven dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/jars")
        touch "$home/.complete"
    fi
    central=$(central_of_maven)
    # The heap is bounded, because some resolutions of coursier's never end and only grow.
    coursier=(env COURSIER_REPOSITORIES="$central" COURSIER_CACHE="$cache/coursier-cache" COURSIER_TTL=Inf
        java -Xmx2g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home/jars/*" coursier.cli.Coursier)
}

# The machine's Maven with what it has fetched for this run, and nothing of the user's.
maven() {
    timeout --foreground 900 mvn --batch-mode --quiet -Dstyle.color=never -Dmaven.repo.local="$cache/maven" "$@"
}

# The URL where Maven would ask for what is in `central`: a mirror's, where the settings have one. Maven colours even
# this, so that the URL is picked out.
central_of_maven() {
    (cd "$scratch" && maven org.apache.maven.plugins:maven-help-plugin:3.4.1:evaluate -DforceStdout \
        '-Dexpression=project.remoteArtifactRepositories[0].url') | grep -oE 'https?://[[:graph:]]+' | tail -n 1
}
