//! `dependencyManagement`: what POMs write, what their children inherit of it, and what they import.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::hash::{HashMap, HashSet};
use super::interpolation::{Interpolator, Used};
use super::model::Model;
use super::pom::{Body, Declaration, Key, Managed, Reference};

/// All that a POM manages: what it and its parents write, then that of each import in its order, of which the
/// first that knows a key counts. A layer is shared by all who inherit or import it, and stands here once
/// however many ways lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Management {
    layers: Vec<Arc<Layer>>,
}

/// What one POM manages, or one and its parents. Nobody goes through it, so that it needs no order.
type Layer = HashMap<Arc<Key>, Arc<Declaration>>;

impl Management {
    pub(super) fn new(written: &Written, imported: &[Arc<Model>]) -> Self {
        let mut layers = Vec::new();
        let mut known = HashSet::default();
        let imported = imported.iter().flat_map(|model| &model.management.layers);
        for layer in written.layers.iter().chain(imported) {
            if known.insert(Arc::as_ptr(layer)) {
                layers.push(Arc::clone(layer));
            }
        }
        Self { layers }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Managed> {
        self.layers.iter().find_map(|layer| layer.get(key)).map(|declaration| &declaration.managed)
    }
}

/// What a POM and its parents write themselves, interpolated.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The nearest first.
    layers: Vec<Arc<Layer>>,
    /// The POMs to import, in the order in which they count.
    imports: Vec<Arc<Declaration>>,
    /// What the texts depend on.
    used: Used,
}

impl Written {
    /// `bodies` begin with that of the POM itself, and `inherited` is what its parent comes to. The nearest
    /// declaration of a key wins, and within one list the first (`DefaultDependencyManagementInjector`).
    ///
    /// A parent that manages hundreds of versions has dozens of children, of which few change a property that
    /// these depend on: the others take over what the parent comes to.
    pub(super) fn new<'a>(
        mut bodies: impl Iterator<Item = &'a Body>,
        inherited: &Arc<Self>,
        interpolator: &Interpolator<'_>,
    ) -> Arc<Self> {
        let interpolated =
            |body: &'a Body| body.management.iter().map(|declaration| declaration.interpolated(interpolator));
        if !interpolator.agrees(&inherited.used) {
            let (layer, imports) = manage(bodies.flat_map(interpolated));
            return Arc::new(Self { layers: vec![Arc::new(layer)], imports, used: interpolator.used() });
        }
        let (layer, mut imports) = manage(bodies.next().into_iter().flat_map(interpolated));
        if layer.is_empty() && imports.is_empty() {
            return Arc::clone(inherited);
        }
        let layers = inherited.below(&imports);
        let is_imported = |key: &Key| imports.iter().any(|own| *own.key == *key);
        let is_free =
            |import: &&Arc<Declaration>| !layer.contains_key(&import.key) && !is_imported(&import.key);
        let more: Vec<_> = inherited.imports.iter().filter(is_free).cloned().collect();
        imports.extend(more);
        let own = (!layer.is_empty()).then(|| Arc::new(layer));
        let mut used = interpolator.used();
        used.extend(inherited.used.clone());
        Arc::new(Self { layers: own.into_iter().chain(layers).collect(), imports, used })
    }

    /// The layers as they are below a POM with these `imports`, each of which hides what has its key.
    fn below(&self, imports: &[Arc<Declaration>]) -> Vec<Arc<Layer>> {
        let is_hidden = |layer: &Layer| imports.iter().any(|import| layer.contains_key(&import.key));
        let cut = |layer: &Arc<Layer>| {
            if !is_hidden(layer) {
                return Arc::clone(layer);
            }
            let mut layer = Layer::clone(layer);
            for import in imports {
                layer.remove(&import.key);
            }
            Arc::new(layer)
        };
        self.layers.iter().map(cut).collect()
    }

    /// What is imported.
    pub(super) fn imports(&self) -> Vec<Reference> {
        let reference = |import: &Arc<Declaration>| Reference {
            group: Some(import.key.module.group.clone()),
            artifact: Some(import.key.module.artifact.clone()),
            version: import.managed.version.clone(),
        };
        self.imports.iter().map(reference).collect()
    }
}

/// What is managed, and what is imported.
fn manage(declarations: impl Iterator<Item = Arc<Declaration>>) -> (Layer, Vec<Arc<Declaration>>) {
    let mut layer = Layer::default();
    let mut imports = Vec::new();
    for declaration in declarations {
        if let Entry::Vacant(place) = layer.entry(Arc::clone(&declaration.key)) {
            if declaration.is_import() {
                imports.push(Arc::clone(&declaration));
            }
            place.insert(declaration);
        }
    }
    for import in &imports {
        layer.remove(&import.key);
    }
    (layer, imports)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::maven::gav::Gav;
    use crate::maven::model::assemble;
    use crate::maven::pom::Pom;
    use crate::maven::runtime::Runtime;
    use crate::requirements::{Module, Target};

    fn gav(artifact: &str, version: &str) -> Gav {
        let module = Module { group: "g".to_owned(), artifact: artifact.to_owned() };
        Gav { module, version: version.to_owned() }
    }

    fn pom(body: &Body) -> Arc<Pom> {
        Arc::new(Pom { body: body.clone(), ..Pom::default() })
    }

    fn body(property: Option<u8>, managed: &[String]) -> Body {
        let property = property.map(|value| format!("<p>{value}</p>")).unwrap_or_default();
        let text = format!(
            "<project><properties>{property}</properties><dependencyManagement><dependencies>{}</dependencies>\
             </dependencyManagement></project>",
            managed.concat()
        );
        Pom::parse(text.as_bytes()).expect("a POM").body
    }

    fn managed() -> impl Strategy<Value = String> {
        let artifact = prop_oneof![Just("a"), Just("b"), Just("${p}"), Just("${project.artifactId}")];
        let version =
            prop_oneof![Just("1"), Just("${p}"), Just("${project.version}"), Just("${parent.version}")];
        let more =
            prop_oneof![Just(""), Just("<type>pom</type>"), Just("<type>pom</type><scope>import</scope>")];
        (artifact, version, more).prop_map(|(artifact, version, more)| {
            format!("<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId><version>{version}</version>{more}</dependency>")
        })
    }

    /// What is managed by key, and what is imported.
    fn shown(written: &Written) -> (Vec<String>, Vec<Reference>) {
        let management = Management::new(written, &[]);
        let keys: std::collections::BTreeSet<_> =
            management.layers.iter().flat_map(|layer| layer.keys()).collect();
        (keys.iter().map(|key| format!("{key:?} {:?}", management.get(key))).collect(), written.imports())
    }

    proptest! {
        #[test]
        fn what_is_taken_over_from_a_parent_is_what_it_would_come_to(
            properties in proptest::array::uniform3(proptest::option::of(0..3u8)),
            lists in proptest::array::uniform3(proptest::collection::vec(managed(), 0..4)),
            versions in proptest::array::uniform3(prop_oneof![Just("1"), Just("2")]),
        ) {
            let runtime = Runtime::of(&Target::default());
            let gavs: Vec<Gav> = versions.iter().zip(["x", "y", "z"]).map(|(version, name)| gav(name, version)).collect();
            let lineage: Vec<Arc<Pom>> =
                properties.iter().zip(&lists).map(|(property, list)| pom(&body(*property, list))).collect();
            let mut inherited = Arc::default();
            for at in (0..3).rev() {
                let parent = (gavs.get(at + 1), &inherited);
                inherited = assemble(&gavs[at], &lineage[at..], parent, &runtime).written;
            }
            let mut alone = lineage[2].body.clone();
            for pom in lineage[..2].iter().rev() {
                alone.properties.extend(pom.body.properties.clone());
                alone.management.splice(0..0, pom.body.management.clone());
            }
            let alone = assemble(&gavs[0], &[pom(&alone)], (gavs.get(1), &Arc::default()), &runtime).written;
            prop_assert_eq!(shown(&inherited), shown(&alone));
        }
    }
}
