"""Sends one request on each of many connections, all at the same moment.

    flood.py PORT PATH FILE…        prints a line an answer: STATUS RETRY-AFTER LENGTH
"""
import socket
import sys

port, path, files = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
bodies = [open(name, "rb").read() for name in files]
connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in bodies]
for connection, body in zip(connections, bodies):
    connection.sendall(b"POST /%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkixcmp\r\n"
                       b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body)
for connection in connections:
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    head, _, content = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    print(lines[0].split()[1], fields.get("retry-after", "-"), len(content))
