"""For a stock Locust master whose workers are freshet-secondary processes.

    locust --master -f deploy/locust/locustfile.py --stop-timeout 10
    freshet-secondary --plaintext --primary-host MASTER          (once a core, on every machine)

It declares the user class and, as fields of Locust's own form, what freshet-secondary may be told: the target goes into the
host field, the rest below. A field left empty leaves it to the secondary's own flags and environment. The same variables
(FRESHET_BATCH_SIZE, ...) set the fields' first values on the master.
"""

from locust import User, constant, events, task

ARGUMENTS = {
    "--batch-size": "Events in a batch, and so the sensors that a user stands for: 1 to 500",
    "--wait-time": "How long a user waits after an answer: 1s, a range as 0.5s-2s, or pacing:1s for a batch every second",
    "--seed": "The same seed makes the same readings, but for their time",
    "--keys": "Partition keys: per-sensor, uniform:N, zipf:N:S, hot:SHARE:N or explicit",
    "--event-size": "Events are filled up to this size: 128B, uniform:A:B or normal:M:S",
    "--region": "AWS region",
    "--endpoint-url": "Send to this address instead of the region's",
    "--max-connections": "Requests in flight of each secondary",
    "--max-retries": "How often a refused event is sent again before it counts as failed",
    "--request-timeout": "How long a request may take until its answer is complete: 10s",
    "--kafka-property": "A librdkafka property, as acks=1",
}


@events.init_command_line_parser.add_listener
def declare(parser):
    for name, meaning in ARGUMENTS.items():
        variable = "FRESHET_" + name[2:].upper().replace("-", "_")
        parser.add_argument(name, default="", env_var=variable, include_in_web_ui=True, help=meaning)


class SensorUser(User):
    """A closed loop that sends batches of sensor readings. freshet-secondary brings its own; this one can't send."""

    wait_time = constant(5)

    @task
    def send_batch(self):
        raise NotImplementedError("SensorUser runs in freshet-secondary; a Python worker needs a locustfile that has its own")
