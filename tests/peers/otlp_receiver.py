"""A collector of OTLP over HTTP, on the official definitions, that a test starts and asks what arrived.

It listens on two free ports of 127.0.0.1, which it prints. On the first it is a collector, at `/v1/traces`. On the second it
answers a test: `GET /requests` is everything that arrived, `GET /count` how many spans that was, and `PUT /mode` says what
the collector does from then on:

    {"status": 503, "retry_after": 1}   answers so
    {"status": 200, "max_bytes": 4096}  takes requests of that size at most, and answers 413 to others
    {"hang": true}                      reads requests, and answers none
"""

import argparse
import collections
import gzip
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

lock = threading.Lock()
mode = {"status": 200}
requests = collections.deque()
count = 0


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("transfer-encoding"):
            raise ValueError("OTLP has a length")
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, content_type, body, headers=()):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        for name, value in headers:
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)


class Collector(Quiet):
    def do_POST(self):
        global count
        body = self.body()
        with lock:
            current = dict(mode)
        if current.get("hang"):
            threading.Event().wait()
        if current["status"] != 200:
            later = current.get("retry_after")
            self.answer(current["status"], "text/plain", b"no", [("retry-after", later)] if later is not None else [])
            return
        if len(body) > current.get("max_bytes", len(body)):
            self.answer(413, "text/plain", b"too large")
            return
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path != "/v1/traces" or self.headers.get("content-type") != "application/x-protobuf":
            self.answer(400, "text/plain", b"no traces in protobuf")
            return
        export = ExportTraceServiceRequest.FromString(body)
        spans = sum(len(scope.spans) for resource in export.resource_spans for scope in resource.scope_spans)
        with lock:
            count += spans
            requests.append((dict(self.headers), self.certificate(), export))
        self.answer(200, "application/x-protobuf", ExportTraceServiceResponse().SerializeToString())

    def certificate(self):
        """The subject of the client's certificate, if it showed one."""
        if not isinstance(self.connection, ssl.SSLSocket):
            return None
        shown = self.connection.getpeercert() or {}
        return [value for name in shown.get("subject", ()) for _, value in name]


class Control(Quiet):
    def do_GET(self):
        with lock:
            if self.path == "/count":
                found = count
            else:
                found = [
                    {"headers": headers, "certificate": certificate, "export": MessageToDict(export)}
                    for headers, certificate, export in requests
                ]
        self.answer(200, "application/json", json.dumps(found).encode())

    def do_PUT(self):
        global mode
        with lock:
            mode = json.loads(self.body())
        self.answer(200, "text/plain", b"")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        # A test breaks connections off.
        pass


def main():
    global requests
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="of the collector")
    parser.add_argument("--keep", type=int, help="how many requests, the last ones; all of them by default")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--clients", help="the authority of clients' certificates, which they have to show")
    options = parser.parse_args()
    requests = collections.deque(maxlen=options.keep)

    collector = Server(("127.0.0.1", options.port), Collector)
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        if options.clients:
            context.load_verify_locations(options.clients)
            context.verify_mode = ssl.CERT_REQUIRED
        # The handshake is the business of the connection's own thread.
        collector.socket = context.wrap_socket(collector.socket, server_side=True, do_handshake_on_connect=False)
    control = Server(("127.0.0.1", 0), Control)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    print(collector.server_address[1], control.server_address[1], flush=True)
    control.serve_forever()


main()
