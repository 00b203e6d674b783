"""A line between a client and a server on loopback, which keeps what the client says on it, as anybody there could."""

import contextlib
import socket
import threading


class Tap:
    """`said` holds every byte that clients have sent, in the order in which they came."""

    def __init__(self, port: int) -> None:
        self.said = b""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, listens: bool) -> None:
        with contextlib.suppress(OSError):
            while heard := source.recv(65536):
                self.said += heard if listens else b""
                target.sendall(heard)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
