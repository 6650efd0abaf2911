//! A set as a tree, from what the user named.

mod text;

use std::collections::VecDeque;

use serde::Serialize;

use super::graph::{By, Graph, Node};

/// How deep a tree is drawn before a branch goes on as a tree of its own: so that a manifest with one long
/// chain takes no more than some lines of some length.
const MAX_DEPTH: usize = 64;

/// What of a tree is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How many levels below the named ones; all where it is absent.
    pub depth: Option<usize>,
    /// Whether what was excluded is shown below what depends on it.
    pub excluded: bool,
}

/// A tree, line by line: each release with all that it depends on once, where it first occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tree {
    /// The name of the set.
    pub set: String,
    /// How many artifacts the set has.
    pub artifacts: usize,
    /// The sum of their sizes.
    pub bytes: u64,
    /// Whether it leads from a release to who asks for it.
    pub inverted: bool,
    /// The lines, a row below the nearest row above it with a smaller depth.
    pub rows: Vec<Row>,
    /// Whether lines show sizes.
    #[serde(skip)]
    pub with_sizes: bool,
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// How deep, from 0.
    pub depth: usize,
    /// What stands there.
    #[serde(flatten)]
    pub what: What,
    /// Whether no row of its depth follows below the same row.
    #[serde(skip)]
    is_last: bool,
}

/// What stands in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum What {
    /// A release of a package or project, or a file.
    Release(Release),
    /// A module that is not there.
    #[serde(rename_all = "camelCase")]
    Excluded {
        /// Which.
        module: String,
        /// By whom: releases, patterns, or `spark`.
        by: Vec<String>,
    },
}

/// A release, and what leads to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The release, as `group:artifact:version`, `project==version` or a file's name.
    pub release: String,
    /// How far what is below it is shown.
    pub below: Below,
    /// The user's words, where the user named it.
    pub named: Option<String>,
    /// The version that is asked for by what is above it (inverted: what it asks for), where that is another.
    pub asked: Option<String>,
    /// What the asking POM has by itself, where a POM nearer to the root manages the version.
    pub declared: Option<String>,
    /// The releases that have moved to it.
    pub moved_from: Vec<String>,
    /// The size of its files; absent where it has none.
    pub bytes: Option<u64>,
}

/// How far what is below a release is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Below {
    /// In full.
    Shown,
    /// In full where the release occurs first.
    Elsewhere,
    /// Farther down, as a tree of its own.
    Continued,
    /// Not: the tree was cut at a depth.
    Cut,
}

/// The set from what the user named.
pub fn tree(graph: &Graph<'_>, options: Options) -> Tree {
    let roots: Vec<Root> = graph.named().map(Root::Node).collect();
    draw(graph, &roots, options, false)
}

/// Who leads to what `query` names, as [`why`](super::why::find) understands it: to what is there, and to what
/// was excluded; none where it names neither.
pub fn inverted(graph: &Graph<'_>, query: &str, options: Options) -> Option<Tree> {
    let found = super::why::find(graph, query).into_iter().map(Root::Node);
    let excluded = super::why::find_excluded(graph, query).into_iter().map(Root::Excluded);
    let roots: Vec<Root> = found.chain(excluded).collect();
    let options = Options { excluded: false, ..options };
    (!roots.is_empty()).then(|| draw(graph, &roots, options, true))
}

/// What a tree begins with, by index.
enum Root {
    Node(usize),
    Excluded(usize),
}

fn draw(graph: &Graph<'_>, roots: &[Root], options: Options, inverted: bool) -> Tree {
    let shown = vec![false; graph.nodes.len()];
    let mut drawing = Drawing { graph, options, inverted, shown, rows: Vec::new(), later: VecDeque::new() };
    let last = roots.len().saturating_sub(1);
    for (index, root) in roots.iter().enumerate() {
        match root {
            Root::Node(node) => drawing.branch(*node, index == last),
            Root::Excluded(excluded) => drawing.excluded_branch(*excluded),
        }
    }
    while let Some(node) = drawing.later.pop_front() {
        drawing.branch_if_new(node);
    }
    // What nothing leads to from above: nothing that fatwood writes has it.
    if !inverted && options.depth.is_none() {
        for node in 0..graph.nodes.len() {
            drawing.branch_if_new(node);
            while let Some(node) = drawing.later.pop_front() {
                drawing.branch_if_new(node);
            }
        }
    }
    let mut rows = drawing.rows;
    close(&mut rows);
    let manifest = graph.manifest;
    Tree {
        set: manifest.name.to_string(),
        artifacts: manifest.artifacts.len(),
        bytes: manifest.total_size(),
        inverted,
        rows,
        with_sizes: false,
    }
}

/// Of the rows of depth 0 the last one is the last.
fn close(rows: &mut [Row]) {
    let mut roots = rows.iter_mut().rev().filter(|row| row.depth == 0);
    if let Some(last) = roots.next() {
        last.is_last = true;
    }
    roots.for_each(|row| row.is_last = false);
}

struct Drawing<'a, 'b> {
    graph: &'a Graph<'b>,
    options: Options,
    inverted: bool,
    /// By node, whether what is below it is drawn.
    shown: Vec<bool>,
    rows: Vec<Row>,
    later: VecDeque<usize>,
}

/// A line to draw: a node, and the request that leads to it, as the node asked and the index there.
struct Line {
    node: usize,
    request: Option<(usize, usize)>,
    depth: usize,
    is_last: bool,
}

impl Drawing<'_, '_> {
    fn branch_if_new(&mut self, node: usize) {
        if !self.shown[node] {
            self.branch(node, false);
        }
    }

    fn branch(&mut self, root: usize, is_last: bool) {
        self.grow(vec![Line { node: root, request: None, depth: 0, is_last }]);
    }

    /// What was excluded, and below it what depends on it.
    fn excluded_branch(&mut self, index: usize) {
        self.excluded(index, 0, true);
        if self.options.depth == Some(0) {
            return;
        }
        let nodes = self.graph.nodes.iter().enumerate();
        let dependents = nodes.filter(|(_, node)| node.excluded.contains(&index));
        // From the last one on, since lines are taken from the end.
        let lines = dependents.map(|(node, _)| node).rev().enumerate();
        let lines = lines.map(|(at, node)| Line { node, request: None, depth: 1, is_last: at == 0 });
        self.grow(lines.collect());
    }

    /// Draws `open`, from its end on, each with all that is below it.
    fn grow(&mut self, mut open: Vec<Line>) {
        while let Some(line) = open.pop() {
            let below = self.below(&line);
            let node = &self.graph.nodes[line.node];
            let release = self.release(&line, below);
            self.rows.push(Row { depth: line.depth, what: What::Release(release), is_last: line.is_last });
            if below != Below::Shown {
                continue;
            }
            self.shown[line.node] = true;
            let next = self.next(node, line.node);
            let has_next = !next.is_empty();
            self.excluded_below(node, line.depth + 1, has_next);
            let count = next.len();
            let lines = next.into_iter().enumerate().map(|(index, (node, request))| Line {
                node,
                request: Some(request),
                depth: line.depth + 1,
                is_last: index + 1 == count,
            });
            let lines: Vec<Line> = lines.collect();
            open.extend(lines.into_iter().rev());
        }
    }

    fn below(&mut self, line: &Line) -> Below {
        let has_more = !self.next(&self.graph.nodes[line.node], line.node).is_empty();
        if self.shown[line.node] {
            Below::Elsewhere
        } else if has_more && self.options.depth.is_some_and(|depth| line.depth >= depth) {
            Below::Cut
        } else if has_more && line.depth >= MAX_DEPTH {
            self.later.push_back(line.node);
            Below::Continued
        } else {
            Below::Shown
        }
    }

    /// What stands below a node: the node, and the request between the two.
    fn next(&self, node: &Node<'_>, index: usize) -> Vec<(usize, (usize, usize))> {
        if !self.inverted {
            return node.needs.iter().map(|need| (need.0, *need)).collect();
        }
        let requests = node.requests.iter().enumerate();
        let next = requests.filter_map(|(request, found)| match found.by {
            By::Node(by) => Some((by, (index, request))),
            By::User(_) => None,
        });
        next.collect()
    }

    fn excluded_below(&mut self, node: &Node<'_>, depth: usize, more_follows: bool) {
        if !self.options.excluded || self.options.depth.is_some_and(|limit| depth > limit) {
            return;
        }
        let count = node.excluded.len();
        for (index, excluded) in node.excluded.iter().enumerate() {
            self.excluded(*excluded, depth, !more_follows && index + 1 == count);
        }
    }

    fn excluded(&mut self, index: usize, depth: usize, is_last: bool) {
        let excluded = &self.graph.excluded[index];
        let what = What::Excluded { module: excluded.module.clone(), by: excluded.by.clone() };
        self.rows.push(Row { depth, what, is_last });
    }

    fn release(&self, line: &Line, below: Below) -> Release {
        let node = &self.graph.nodes[line.node];
        let label = node.name.to_string();
        let asked = line.request.map(|(asked, request)| &self.graph.nodes[asked].requests[request]);
        let demand = asked.and_then(|request| request.demand);
        let selected = line.request.and_then(|(asked, _)| self.graph.nodes[asked].name.version());
        let is_top = line.request.is_none() || self.inverted;
        let mut words = node.requests.iter().filter_map(super::graph::Request::words).filter(|_| is_top);
        Release {
            below,
            named: words.next().map(str::to_owned),
            asked: demand
                .map(|demand| &demand.version)
                .filter(|asked| Some(asked.as_str()) != selected)
                .cloned(),
            declared: demand.and_then(|demand| demand.declared.clone()),
            moved_from: node.moved_from.to_vec(),
            bytes: (!node.artifacts.is_empty())
                .then(|| node.artifacts.iter().fold(0, |sum: u64, file| sum.saturating_add(file.size))),
            release: label,
        }
    }
}

#[cfg(test)]
mod tests;
