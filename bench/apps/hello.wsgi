# The hello of the comparison for mod_wsgi: another language, the same bytes.
BODY = b"hello world\n"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
