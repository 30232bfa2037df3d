//! Which package may depend on which (the table of ARCHITECTURE.md as data).
//!
//! Owns the table. Direct dependencies are read from the manifests; what the relay links is
//! followed through the whole resolved graph, because it must not be able to decrypt by any
//! way round. Features are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::run::{cargo_program, output_of};
use crate::tree::Tree;

const OURS: &str = "floorwalk-";
const CORE: &[&str] =
    &["wire", "complaint", "regulation", "photo", "seal", "sync", "store", "replica"];
const RUNTIME_AND_CHANCE: &[&str] = &["tokio", "rusqlite", "getrandom", "rand"];
const RUNTIME: &[&str] = &["tokio", "rusqlite"];

enum Ours {
    Only(&'static [&'static str]),
    Any,
}
use Ours::{Any, Only};

struct Rule {
    package: &'static str,
    uses: Ours,
    /// What its tests may use besides.
    tests_use: Ours,
    /// Crates of others that it must not name as a dependency.
    bans: &'static [&'static str],
}

const fn rule(package: &'static str, uses: Ours, tests_use: Ours) -> Rule {
    Rule { package, uses, tests_use, bans: &[] }
}

const fn sans_io(package: &'static str, uses: &'static [&'static str]) -> Rule {
    Rule { package, uses: Only(uses), tests_use: Only(uses), bans: RUNTIME_AND_CHANCE }
}

const RULES: &[Rule] = &[
    sans_io("wire", &[]),
    sans_io("complaint", &[]),
    sans_io("regulation", &["complaint"]),
    sans_io("photo", &[]),
    Rule { package: "seal", uses: Only(&["wire"]), tests_use: Only(&["wire"]), bans: RUNTIME },
    sans_io("sync", &["wire"]),
    rule("store", Only(&["wire", "complaint"]), Only(&["wire", "complaint"])),
    rule("replica", Only(CORE), Any),
    rule("ffi", Only(&["replica"]), Only(&["replica"])),
    rule("bindgen", Only(&[]), Only(&[])),
    rule("server", Only(RELAY), Any),
    rule("desk", Only(&["replica", "server"]), Any),
    rule("fuzz", Any, Any),
    rule("tests", Any, Any),
    rule("disk", Only(&[]), Only(&[])),
    rule("simulation", Any, Any),
    rule("xtask", Only(&[]), Only(&[])),
];

/// All of ours that the relay may link, by any way.
const RELAY: &[&str] = &["wire", "sync"];

/// The part of `cargo metadata` that is looked at.
#[derive(Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDependency>,
}

#[derive(Deserialize)]
struct NodeDependency {
    pkg: String,
    dep_kinds: Vec<NodeDependencyKind>,
}

#[derive(Deserialize)]
struct NodeDependencyKind {
    kind: Option<String>,
}

impl Metadata {
    /// Asks cargo, without letting it change the lock file.
    ///
    /// # Errors
    /// When cargo fails or answers what we cannot read.
    pub fn load() -> Result<Self> {
        let arguments = ["metadata", "--format-version", "1", "--locked"];
        let json = output_of(&cargo_program(), &arguments)?.context("cargo metadata failed")?;
        serde_json::from_str(&json).context("reading cargo metadata")
    }
}

/// Every dependency that the table does not allow.
pub fn check(metadata: &Metadata, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let members = metadata.packages.iter().filter(|p| metadata.workspace_members.contains(&p.id));
    for package in members {
        let manifest = relative(&package.manifest_path, &metadata.workspace_root);
        let name = package.name.strip_prefix(OURS).unwrap_or(&package.name);
        let Some(rule) = RULES.iter().find(|rule| rule.package == name) else {
            let message = format!("package {} is not in the table of arrows", package.name);
            findings.push(Finding::in_file(manifest, message));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(message) = breach(rule, dependency) {
                let line = line_naming(tree, manifest, &dependency.name);
                findings.push(Finding::at(manifest, line, message));
            }
        }
        if name == "server" {
            findings.extend(hidden_in_relay(metadata, package, manifest));
        }
    }
    findings
}

fn breach(rule: &Rule, dependency: &Dependency) -> Option<String> {
    let for_tests = dependency.kind.as_deref() == Some("dev");
    let Some(ours) = dependency.name.strip_prefix(OURS) else {
        let banned = !for_tests && rule.bans.contains(&dependency.name.as_str());
        return banned.then(|| {
            format!(
                "{} may not use {}: time and chance are arguments",
                rule.package, dependency.name
            )
        });
    };
    let uses = if for_tests { &rule.tests_use } else { &rule.uses };
    let allowed = match uses {
        Any => true,
        // A package may name itself in its tests, to turn a feature on.
        Only(list) => list.contains(&ours) || (for_tests && ours == rule.package),
    };
    let whose = if for_tests { "tests of " } else { "" };
    (!allowed).then(|| format!("{whose}{} may not use {}", rule.package, dependency.name))
}

/// Ours that the relay reaches through others, and why that matters.
fn hidden_in_relay(metadata: &Metadata, relay: &Package, manifest: &str) -> Vec<Finding> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
    reached(&metadata.resolve, &relay.id)
        .iter()
        .filter_map(|id| names.get(id))
        .filter_map(|name| name.strip_prefix(OURS))
        .filter(|ours| *ours != "server" && !RELAY.contains(ours))
        .map(|ours| {
            let message = format!("the relay links {OURS}{ours}: it must not be able to decrypt");
            Finding::in_file(manifest, message)
        })
        .collect()
}

/// Every package that is linked or run when `from` is built, tests left out.
fn reached<'a>(resolve: &'a Resolve, from: &'a str) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<&str, &Node> = resolve.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
    let mut found = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if !found.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            let only_tests =
                dependency.dep_kinds.iter().all(|kind| kind.kind.as_deref() == Some("dev"));
            if !only_tests {
                waiting.push(&dependency.pkg);
            }
        }
    }
    found
}

fn relative<'a>(path: &'a str, root: &str) -> &'a str {
    path.strip_prefix(root).map_or(path, |rest| rest.trim_start_matches(['/', '\\']))
}

fn line_naming(tree: &Tree, manifest: &str, dependency: &str) -> usize {
    let text = tree.texts.get(manifest).map_or("", String::as_str);
    text.lines().position(|line| line.starts_with(dependency)).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A package and its dependencies as (name, kind).
    type Fixture<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    fn workspace(packages: &[Fixture]) -> Metadata {
        let mut listed = Vec::new();
        let mut nodes = Vec::new();
        for (name, uses) in packages {
            let dependencies = uses.iter().map(|(n, k)| serde_json::json!({"name": n, "kind": k}));
            listed.push(serde_json::json!({
                "id": name, "name": name, "manifest_path": format!("/r/{name}/Cargo.toml"),
                "dependencies": dependencies.collect::<Vec<_>>(),
            }));
            let deps =
                uses.iter().map(|(n, k)| serde_json::json!({"pkg": n, "dep_kinds": [{"kind": k}]}));
            nodes.push(serde_json::json!({"id": name, "deps": deps.collect::<Vec<_>>()}));
        }
        let members: Vec<&str> =
            packages.iter().map(|p| p.0).filter(|name| name.starts_with(OURS)).collect();
        serde_json::from_value(serde_json::json!({
            "packages": listed, "workspace_root": "/r", "workspace_members": members,
            "resolve": {"nodes": nodes},
        }))
        .unwrap()
    }

    fn messages(packages: &[Fixture]) -> Vec<String> {
        let findings = check(&workspace(packages), &Tree::of(&[]));
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn allowed_arrows_pass() {
        let found = messages(&[
            ("floorwalk-wire", &[("serde", None), ("rand", Some("dev"))]),
            ("floorwalk-sync", &[("floorwalk-wire", None)]),
            ("floorwalk-server", &[("floorwalk-sync", None), ("floorwalk-seal", Some("dev"))]),
            ("floorwalk-replica", &[("floorwalk-seal", None), ("floorwalk-server", Some("dev"))]),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_forbidden_arrow_is_found_also_in_tests() {
        let found = messages(&[(
            "floorwalk-sync",
            &[("floorwalk-complaint", None), ("floorwalk-store", Some("dev"))],
        )]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("floorwalk-sync/Cargo.toml:1: sync may not use"));
        assert!(found[1].contains("tests of sync may not use floorwalk-store"));
    }

    #[test]
    fn a_runtime_is_banned_from_the_core_and_allowed_in_the_relay() {
        assert_eq!(messages(&[("floorwalk-sync", &[("tokio", None)])]).len(), 1);
        assert_eq!(messages(&[("floorwalk-seal", &[("getrandom", None)])]).len(), 0);
        assert_eq!(messages(&[("floorwalk-server", &[("tokio", None)])]).len(), 0);
    }

    #[test]
    fn the_relay_may_not_reach_a_key_by_any_way() {
        let way_round: &[Fixture] = &[
            ("floorwalk-server", &[("helper", None)]),
            ("helper", &[("floorwalk-seal", None)]),
            ("floorwalk-seal", &[]),
        ];
        let found = messages(way_round);
        assert!(found.len() == 1 && found[0].contains("links floorwalk-seal"), "{found:?}");
        let only_tests: &[Fixture] = &[
            ("floorwalk-server", &[("helper", Some("dev"))]),
            ("helper", &[("floorwalk-seal", None)]),
            ("floorwalk-seal", &[]),
        ];
        assert_eq!(messages(only_tests), Vec::<String>::new());
    }

    #[test]
    fn an_unlisted_package_is_found() {
        assert!(messages(&[("floorwalk-extra", &[])])[0].contains("not in the table"));
    }
}
