//! Prometheus, and the readers of its formats.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::{DEADLINE, curl};

/// A Prometheus that scrapes ten times a second. Killed when dropped.
#[derive(Debug)]
pub struct Prometheus {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Prometheus {
    /// Scrapes paths of a server, each as a job that is named after it.
    pub fn scrape(server: SocketAddr, paths: &[&str]) -> Self {
        let mut config =
            String::from("global: {scrape_interval: 100ms, scrape_timeout: 100ms}\nscrape_configs:\n");
        for path in paths {
            config += &format!(
                "  - {{job_name: '{path}', metrics_path: '{path}', static_configs: [{{targets: ['{server}']}}]}}\n"
            );
        }
        Self::run(&config, &[])
    }

    /// Scrapes `/metrics` of a server as a job, keeps the rules of a file five times a second, and tells an Alertmanager.
    pub fn alerting(server: SocketAddr, job: &str, rules: &str, alertmanager: SocketAddr) -> Self {
        let config = format!(
            "global: {{scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 200ms}}\n\
             rule_files: [rules.yml]\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n\
             scrape_configs: [{{job_name: '{job}', static_configs: [{{targets: ['{server}']}}]}}]\n"
        );
        Self::run(&config, &[("rules.yml", rules)])
    }

    fn run(config: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files.iter().chain([&("config.yml", config)]) {
            fs::write(folder.path().join(name), text).expect("a temporary folder can be written to");
        }
        let mut child = Command::new("prometheus")
            .args([
                "--config.file=config.yml",
                "--storage.tsdb.path=data",
                "--web.listen-address=127.0.0.1:0",
            ])
            .arg("--enable-feature=exemplar-storage")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`cargo xtask test` installs prometheus");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("msg=\"Listening on\" address=")?;
            Some(address.trim().to_owned())
        });
        let address = address.expect("prometheus says where it listens");
        // The pipe must not fill.
        thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://{address}"), _folder: folder }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What an expression is answered, whether there is something or not. Panics when it cannot be read.
    pub fn eval(&self, expr: &str) -> Vec<Value> {
        let expr = format!("query={expr}");
        let answer = curl(&["--data-urlencode", &expr, &format!("{}/api/v1/query", self.url)]);
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(answer["status"], "success", "{expr}: {answer}");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// The first answer to a query, a path of its interface, in which there is something.
    pub fn query(&self, path: &str) -> Vec<Value> {
        let url = format!("{}/api/v1/{path}", self.url);
        let deadline = Instant::now() + DEADLINE;
        loop {
            let answer = curl(&["--globoff", &url]);
            let mut answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let data = answer["data"].take();
            let found = data.get("result").unwrap_or(&data).as_array().cloned().unwrap_or_default();
            if !found.is_empty() {
                return found;
            }
            assert!(Instant::now() < deadline, "prometheus has nothing for {path}: {answer}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has promtool check rules, and run the tests of them.
pub fn check_rules(rules: &str, tests: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("rules.yml", rules), ("rules.test.yml", tests)] {
        fs::write(folder.path().join(name), text).expect("a temporary folder can be written to");
    }
    for args in
        [["check", "rules", "--lint-fatal", "rules.yml"].as_slice(), &["test", "rules", "rules.test.yml"]]
    {
        let output = Command::new("promtool").args(args).current_dir(folder.path()).output();
        let output = output.expect("`cargo xtask test` installs prometheus");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "promtool {args:?}: {said}");
    }
}

/// Has promtool read and judge a page in the text format.
pub fn check_text(page: &[u8]) {
    feed(Command::new("promtool").args(["check", "metrics"]), page);
}

/// Has the reference reader read a page of OpenMetrics.
pub fn check_openmetrics(page: &[u8]) {
    const READER: &str = "import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
assert len(list(text_string_to_metric_families(sys.stdin.buffer.read().decode()))) > 5";
    feed(Command::new("/usr/bin/python3").args(["-c", READER]), page);
}

fn feed(command: &mut Command, page: &[u8]) {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("`cargo xtask test` installs it");
    child.stdin.take().expect("it is piped").write_all(page).expect("it reads all");
    let output = child.wait_with_output().expect("a child can be waited for");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
