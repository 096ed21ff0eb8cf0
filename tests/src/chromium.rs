//! A browser that is told what to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::DEADLINE;

/// Chromium with one page, told what to do by its DevTools protocol, so that a page is used as somebody would: fields are typed
/// into, and buttons are clicked. It believes every certificate, and can reach 127.0.0.1 and nothing else. Killed when dropped.
#[derive(Debug)]
pub struct Chromium {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    /// Of the page; empty before there is one.
    session: String,
    sent: u64,
    /// Whether the page has loaded to which the last step has led.
    has_loaded: bool,
    /// What pages have asked for since it is watched.
    asked: Vec<String>,
    /// What went wrong in pages since it is watched.
    complaints: Vec<String>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it, with a page that is empty.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        // It reads commands from the third descriptor and writes to the fourth, which nothing but a shell can give it.
        let mut child = Command::new("sh")
            .args(["-c", "exec timeout 300 chromium \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "chromium"])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-quic", "--disable-sync", "--ignore-certificate-errors"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("--remote-debugging-pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh is there");
        let commands = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("Chromium writes JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut chromium = Self {
            child,
            commands,
            messages,
            session: String::new(),
            sent: 0,
            has_loaded: false,
            asked: Vec::new(),
            complaints: Vec::new(),
            _profile: profile,
        };
        let page = chromium.tell("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = chromium.tell("Target.attachToTarget", target);
        chromium.session = attached["sessionId"].as_str().expect("a session").to_owned();
        chromium.tell("Page.enable", json!({}));
        chromium
    }

    /// Opens a page, and waits until it has loaded.
    pub fn open(&mut self, url: &str) {
        self.has_loaded = false;
        let opened = self.tell("Page.navigate", json!({ "url": url }));
        assert_eq!(opened.get("errorText"), None, "{url}");
        self.until_loaded();
    }

    /// What an expression of JavaScript comes to in the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let evaluated =
            self.tell("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert_eq!(evaluated.get("exceptionDetails"), None, "{expression}");
        evaluated["result"]["value"].clone()
    }

    /// Types into the field that a selector finds, in the place of what is there.
    pub fn fill(&mut self, selector: &str, text: &str) {
        let field = format!("document.querySelector({})", json!(selector));
        self.evaluate(&format!("{field}.focus(); {field}.select()"));
        self.tell("Input.insertText", json!({ "text": text }));
    }

    /// Clicks what a selector finds, and waits for the page to which that leads.
    pub fn follow(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const box = document.querySelector({}).getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2] }})()",
            json!(selector)
        ));
        self.has_loaded = false;
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.tell("Input.dispatchMouseEvent", event);
        }
        self.until_loaded();
    }

    /// The text that the page shows, and where it is.
    pub fn shown(&mut self) -> (String, String) {
        let shown = self.evaluate("[document.body.innerText, location.pathname]");
        let text = |at: usize| shown[at].as_str().expect("a text").to_owned();
        (text(0), text(1))
    }

    /// The cookies that it would send to the page, as the protocol has them.
    pub fn cookies(&mut self) -> Vec<Value> {
        self.tell("Network.getCookies", json!({}))["cookies"].as_array().expect("a list").clone()
    }

    /// Listens from now on for what pages ask for, and for what goes wrong in them.
    pub fn watch(&mut self) {
        for domain in ["Network", "Runtime", "Log"] {
            self.tell(&format!("{domain}.enable"), json!({}));
        }
    }

    /// What pages have asked for since they are watched.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// Each error of a script, and whatever a page was not allowed to do, since they are watched.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Has a window of a size, on a screen that is dark or is not.
    pub fn window(&mut self, width: u32, height: u32, is_dark: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", size);
        let scheme = if is_dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tell("Emulation.setEmulatedMedia", media);
    }

    /// The whole page, as it looks, in a file of PNG.
    pub fn picture(&mut self, path: &Path) {
        self.evaluate("scrollTo({ top: 0, behavior: 'instant' })");
        let picture =
            self.tell("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true }));
        let text = picture["data"].as_str().expect("a picture");
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).expect("BASE64");
        std::fs::write(path, bytes).expect("a file that can be written");
    }

    /// Presses a key that types nothing, such as `Tab`, or `Enter`.
    pub fn press(&mut self, key: &str, code: u32) {
        // What Enter does is done by the text that it is.
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": code });
            self.tell("Input.dispatchKeyEvent", event);
        }
    }

    /// Waits until an expression of JavaScript is true in the page.
    pub fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + DEADLINE;
        while self.evaluate(expression) != true {
            assert!(Instant::now() < deadline, "never: {expression}; {:?}", self.complaints);
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn until_loaded(&mut self) {
        while !self.has_loaded {
            self.hear();
        }
    }

    /// Has it do something, and gives the result. What happens meanwhile is passed over, but for a page that has loaded.
    fn tell(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": params });
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("Chromium runs");
        loop {
            let message = self.hear();
            if message["id"] == self.sent {
                assert_eq!(message.get("error"), None, "{method}");
                return message["result"].clone();
            }
        }
    }

    fn hear(&mut self) -> Value {
        let message = self.messages.recv_timeout(DEADLINE).expect("Chromium says something in time");
        self.has_loaded |= message["method"] == "Page.loadEventFired";
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = params["request"]["url"].as_str().unwrap_or_default().to_owned();
                self.asked.push(url);
            }
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") => self.complaints.push(params["entry"].to_string()),
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => {
                self.complaints.push(params["args"].to_string());
            }
            _ => {}
        }
        message
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It is the process group of `timeout`, which ends what it has started.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
