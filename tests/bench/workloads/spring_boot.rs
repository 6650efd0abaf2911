//! A BOM that imports dozens of others, and every starter that it manages.

use std::fmt::Write as _;

use bytes::Bytes;
use fatwood_resolver::requirements::Coordinate;

use super::coordinates;
use crate::mirror::Mirror;
use crate::pom::{self, Role};
use crate::resolving::{Extent, Resolving};

const GROUP: &str = "org.springframework.boot";
const VERSION: &str = "3.3.5";

pub(super) const WORKLOAD: Resolving = Resolving {
    name: "spring-boot",
    about: "a BOM of BOMs, and all of its starters",
    packages: root,
    extent: Extent::Closure,
};

/// Publishes the root: a POM that imports the BOM and depends, without a version, on each starter that the
/// repository has; mirrors need not have all.
fn root(mirror: &Mirror) -> Vec<Coordinate> {
    let bom = pom(mirror, "spring-boot-dependencies").expect("the repository has the BOM");
    let mut dependencies = String::new();
    for mention in pom::read(&bom).mentions.iter().filter(|mention| mention.role == Role::Managed) {
        let field = |name| mention.fields.get(name).map_or("", String::as_str);
        let artifact = field("artifactId");
        let is_starter = field("groupId") == GROUP && artifact.starts_with("spring-boot-starter");
        if is_starter && pom(mirror, artifact).is_some() {
            writeln!(
                dependencies,
                "<dependency><groupId>{GROUP}</groupId><artifactId>{artifact}</artifactId></dependency>"
            )
            .expect("a string takes text");
        }
    }
    assert!(!dependencies.is_empty(), "the BOM manages starters that the repository has");
    let root = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>fatwood.bench</groupId>\
         <artifactId>starters</artifactId><version>1</version><packaging>pom</packaging>\n\
         <dependencyManagement><dependencies><dependency><groupId>{GROUP}</groupId>\
         <artifactId>spring-boot-dependencies</artifactId><version>{VERSION}</version><type>pom</type>\
         <scope>import</scope></dependency></dependencies></dependencyManagement>\n\
         <dependencies>\n{dependencies}</dependencies></project>\n"
    );
    mirror.recording().publish("fatwood/bench/starters/1/starters-1.pom", root);
    coordinates(&["fatwood.bench:starters:pom:1"])
}

fn pom(mirror: &Mirror, artifact: &str) -> Option<Bytes> {
    let directory = GROUP.replace('.', "/");
    mirror.recorded(&format!("{directory}/{artifact}/{VERSION}/{artifact}-{VERSION}.pom"))
}
