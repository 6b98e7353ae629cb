//! Every endpoint of the OpenAPI document, with a request that is good in form.

use crate::world::{Party, World, id};
use reqwest::Method;
use serde_json::{Value, json};

/// An endpoint of the document with what a good request to it looks like.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub method: Method,
    /// As the document writes it, below the store's address.
    pub at: String,
    /// Below the store's address; parameters filled in.
    pub path: String,
    /// The same with each parameter in turn spoilt.
    pub spoilt: Vec<String>,
    pub body: Option<Value>,
    pub schema: Value,
    pub keyed: bool,
    pub signed: bool,
    pub tag: String,
}

/// The bearer a request needs.
pub fn token_for<'a>(endpoint: &Endpoint, party: &'a Party, staff: &'a str, device: &'a str) -> &'a str {
    match endpoint.tag.as_str() {
        _ if !endpoint.signed => "",
        "diner" => &party.token,
        "feeds" if endpoint.path.starts_with("/sessions/") => &party.token,
        "staff" => device,
        _ => staff,
    }
}

pub async fn endpoints(world: &World, party: &Party) -> Vec<Endpoint> {
    let document = world.get(&format!("{}/openapi.json", world.server.url), "").await.ok(200);
    let mut endpoints = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(below) = path.strip_prefix("/stores/{store}") else { continue };
            endpoints.push(endpoint(&document, below, method, operation, party));
        }
    }
    assert!(endpoints.len() >= 60, "{} endpoints", endpoints.len());
    endpoints
}

fn endpoint(document: &Value, path: &str, method: &str, operation: &Value, party: &Party) -> Endpoint {
    let schema = resolve(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    let names: Vec<&str> = path.split('/').filter(|part| part.starts_with('{')).collect();
    let fill = |spoil: Option<&str>| {
        names.iter().fold(path.to_owned(), |path, name| {
            let good = match *name {
                "{session}" => party.session.clone(),
                "{key}" => format!("{}.0", id()),
                "{action}" => "start".to_owned(),
                "{table}" => "a40".to_owned(),
                "{dish}" => "rice".to_owned(),
                "{channel}" => "wechat".to_owned(),
                "{day}" => "2026-11-21".to_owned(),
                _ => id(),
            };
            path.replace(name, if spoil == Some(name) { "No%20Such%01" } else { &good })
        })
    };
    Endpoint {
        method: method.to_uppercase().parse().unwrap(),
        at: path.to_owned(),
        path: fill(None),
        spoilt: names.iter().map(|name| fill(Some(name))).collect(),
        body: (!schema.is_null()).then(|| sample(document, &schema)),
        keyed: operation["parameters"].as_array().is_some_and(|list| list.iter().any(|one| one["name"] == "Idempotency-Key")),
        signed: operation.get("security").is_some(),
        tag: operation["tags"][0].as_str().unwrap().to_owned(),
        schema,
    }
}

fn resolve(document: &Value, schema: &Value) -> Value {
    let Some(name) = schema["$ref"].as_str() else { return schema.clone() };
    document["components"]["schemas"][name.rsplit('/').next().unwrap()].clone()
}

/// A value of this schema, with everything it requires.
fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if let Some(parts) = schema["allOf"].as_array() {
        return sample(document, &parts[0]);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("null");
    match kind {
        "string" if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("{32}")) => json!(id()),
        "string" => json!("1234"),
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        "array" if schema["minItems"].as_u64().is_some_and(|min| min > 0) => json!([sample(document, &schema["items"])]),
        "array" => json!([]),
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let field = |name: &Value| Some((name.as_str()?.to_owned(), sample(document, &schema["properties"][name.as_str()?])));
            required.iter().filter_map(field).collect::<serde_json::Map<_, _>>().into()
        }
        _ => Value::Null,
    }
}
