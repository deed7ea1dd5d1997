"""What people do today: Locust users that put batches of readings with boto3."""

import json
import os
import random
import time
import uuid

import boto3
import botocore.config
from locust import User, constant, task

BATCH = int(os.environ["BENCH_BATCH"])


def reading(sensor_id):
    temperature = round(10 + random.random() * 170, 2)
    status = "OK"
    if temperature > 160:
        status = "ERROR"
    elif temperature > 140 or random.randrange(100) < 20:
        status = random.choice(["WARNING", "ERROR"])
    return {"sensorId": sensor_id, "temperature": temperature, "status": status, "timestamp": round(time.time() * 1000)}


class Sensors(User):
    wait_time = constant(0)

    def on_start(self):
        self.id = str(uuid.uuid4())
        self.client = boto3.session.Session().client(
            "kinesis",
            endpoint_url=os.environ["BENCH_URL"],
            region_name="eu-central-1",
            config=botocore.config.Config(retries={"max_attempts": 0}),
        )

    @task
    def put(self):
        begun = time.perf_counter()
        records = []
        for number in range(BATCH):
            sensor_id = f"{self.id}_{number}"
            records.append({"Data": json.dumps(reading(sensor_id)), "PartitionKey": sensor_id})
        error = None
        try:
            answer = self.client.put_records(StreamName="DemoStream", Records=records)
            assert answer["FailedRecordCount"] == 0
        except Exception as problem:
            error = problem
        self.environment.events.request.fire(
            request_type="PutRecords",
            name="DemoStream",
            response_time=(time.perf_counter() - begun) * 1000,
            response_length=0,
            exception=error,
            context={},
        )
