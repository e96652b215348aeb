# The hello of the comparison for mod_wsgi: another language, the same bytes.
import json
import os
import platform
import time

BODY = b"hello world\n"


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = BODY
    if path.startswith("/wait/"):
        time.sleep(int(path[6:]) / 1000)
    if path == "/loop" or path.startswith("/wait/"):
        version = ".".join(map(str, environ["mod_wsgi.version"]))
        body = json.dumps({"pid": os.getpid(), "mod_wsgi": version, "python": platform.python_version()}).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
