//! GeoJSON, as far as ninjs asks for it: the members and the shape of coordinates of RFC 7946, not whether a ring closes.
//! <https://www.rfc-editor.org/rfc/rfc7946>

use serde_json::{Map, Value};

/// Geometries with coordinates: the nesting of the arrays around their positions, and how many of the innermost there
/// must be at least.
const GEOMETRIES: [(&str, usize, usize); 6] = [
    ("Point", 0, 0),
    ("MultiPoint", 1, 0),
    ("LineString", 1, 2),
    ("MultiLineString", 2, 2),
    ("Polygon", 2, 4),
    ("MultiPolygon", 3, 4),
];

/// Whether a value is a GeoJSON object.
pub(super) fn is_one(value: &Value) -> bool {
    let Value::Object(members) = value else { return false };
    let bounded = match members.get("bbox") {
        None => true,
        Some(bounds) => numbers(bounds, 4),
    };
    bounded
        && match kind(members) {
            Some("Feature") => is_feature(members),
            Some("FeatureCollection") => all(members, "features", |value| {
                let Value::Object(members) = value else { return false };
                kind(members) == Some("Feature") && is_feature(members)
            }),
            _ => is_geometry(members),
        }
}

/// A value as GeoJSON, if it is that or nearly: RFC 7946 wants the `properties` of a feature, null if there is nothing
/// to say; examples of ninjs 1.x leave them out.
pub(super) fn brought(mut value: Value) -> Option<Value> {
    if let Value::Object(members) = &mut value
        && kind(members) == Some("Feature")
    {
        members.entry("properties").or_insert(Value::Null);
    }
    is_one(&value).then_some(value)
}

fn kind(members: &Map<String, Value>) -> Option<&str> {
    members.get("type")?.as_str()
}

fn is_feature(members: &Map<String, Value>) -> bool {
    let properties = members.get("properties").is_some_and(|value| value.is_null() || value.is_object());
    let identified = members.get("id").is_none_or(|id| id.is_string() || id.is_number());
    let located = match members.get("geometry") {
        Some(Value::Null) => true,
        Some(Value::Object(geometry)) => is_geometry(geometry),
        _ => false,
    };
    properties && identified && located
}

fn is_geometry(members: &Map<String, Value>) -> bool {
    let Some(name) = kind(members) else { return false };
    if name == "GeometryCollection" {
        return all(members, "geometries", |value| value.as_object().is_some_and(is_geometry));
    }
    let known = GEOMETRIES.iter().find(|(known, _, _)| *known == name);
    known.is_some_and(|(_, depth, least)| {
        members.get("coordinates").is_some_and(|coordinates| positions(coordinates, *depth, *least))
    })
}

fn all(members: &Map<String, Value>, name: &str, is: impl Fn(&Value) -> bool) -> bool {
    members.get(name).and_then(Value::as_array).is_some_and(|values| values.iter().all(is))
}

fn positions(value: &Value, depth: usize, least: usize) -> bool {
    if depth == 0 {
        return numbers(value, 2);
    }
    let Some(values) = value.as_array() else { return false };
    let enough = depth > 1 || values.len() >= least;
    enough && values.iter().all(|value| positions(value, depth - 1, least))
}

fn numbers(value: &Value, least: usize) -> bool {
    value.as_array().is_some_and(|values| values.len() >= least && values.iter().all(Value::is_number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_one;

    #[test]
    fn geometries_have_the_coordinates_of_their_kind() {
        let ring = json!([[0, 0], [1, 0], [1, 1], [0, 0]]);
        let point = json!({ "type": "Point", "coordinates": [104.06, 30.67] });
        let good = [
            point.clone(),
            json!({ "type": "Polygon", "coordinates": [ring] }),
            json!({ "type": "Feature", "properties": null, "geometry": point }),
            json!({ "type": "FeatureCollection", "features": [] }),
            json!({ "type": "GeometryCollection", "geometries": [point] }),
        ];
        for value in good {
            assert!(is_one(&value), "{value}");
        }
        let bad = [
            json!({ "coordinates": [35, 39] }),
            json!({ "type": "Point", "coordinates": [35] }),
            json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 1]]] }),
            json!({ "type": "Feature", "geometry": null }),
            json!({ "type": "Circle", "coordinates": [1, 2] }),
            json!("Point"),
        ];
        for value in bad {
            assert!(!is_one(&value), "{value}");
        }
    }
}
