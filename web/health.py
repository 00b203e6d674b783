"""Tells machines how it is: /healthz (alive), /readyz (can work), /metrics (counts for Prometheus)."""

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web.kit import kit

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    return jsonify({"alive": True})


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    try:
        with kit().begin(reading=True) as tx:
            tx.execute(text("select 1"))
    except SQLAlchemyError:
        return jsonify({"ready": False, "because": "The database does not answer."}), 503
    return jsonify({"ready": True}), 200


@health.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
