//! The session's own frames: login, resume, acknowledgements.

use callboard::client::Credentials;
use callboard::protocol::Secret;
use serde_json::{Value, json};
use std::time::Duration;

use crate::compare;
use crate::peer::Scene;
use crate::{Ran, Way};

pub async fn run(case: &Value) -> Ran {
    let args = &case["args"];
    let secret = |name: &str| args[name].as_str().map(Secret::new);
    let credentials = match secret("jwt_token") {
        // A JWT wins over project and token, which is for the configuration to decide: we hold one or the other.
        Some(jwt) => Credentials::Jwt { project: None, jwt },
        None => Credentials::Token {
            project: secret("project").unwrap_or_else(|| Secret::new("project-1")),
            token: secret("token").unwrap_or_else(|| Secret::new("token-1")),
        },
    };
    let contexts: Vec<&str> =
        args["contexts"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
    let scene = Scene::login(credentials, &contexts).await;
    let official = case["frames"].as_array().unwrap();
    if let Some(asked) = official[0]["in_reply_to"].as_str() {
        let frame = match asked {
            "signalwire.event" => scene.strange_event(),
            "signalwire.ping" => {
                json!({"jsonrpc": "2.0", "id": "ping-1", "method": asked, "params": {"timestamp": 1.5}})
            }
            _ => json!({"jsonrpc": "2.0", "id": "request-1", "method": asked, "params": {"restart": false}}),
        };
        let reply = scene.reply_to(frame).await;
        let as_frame = |result: &Value| vec![json!({"method": asked, "params": result})];
        let differences =
            compare::frames(&as_frame(&official[0]["result"]), &as_frame(&reply["result"]), None);
        assert_eq!(reply.as_object().map(serde_json::Map::len), Some(3), "{reply}");
        return Ran::new(case, Way::Waits, differences, &[]);
    }
    let mut logins = scene.logins();
    if case["case"] == "v3:client/connect_resume" {
        scene.reply_to(scene.authorization_state()).await;
        scene.cut().await;
        // The back-off of the client is a second or more.
        while logins.len() < 2 {
            scene.client.reconnect();
            tokio::time::sleep(Duration::from_millis(5)).await;
            logins.extend(scene.logins());
        }
        logins.remove(0);
    }
    Ran::new(case, Way::Waits, compare::frames(official, &logins, None), &logins)
}
