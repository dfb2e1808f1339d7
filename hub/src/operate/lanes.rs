//! `GET /v1/lanes`: how the partners' lanes of this process are.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Operate;

pub(super) async fn list(State(operate): State<Operate>) -> Json<Value> {
    Json(json!({"lanes": (operate.lanes)()}))
}
