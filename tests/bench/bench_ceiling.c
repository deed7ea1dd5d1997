/*
 * bench_ceiling - the most that libcurl can post from one core: one body, built once, signed for each
 * request.
 *
 * usage: bench_ceiling URL EVENTS CONNECTIONS SECONDS. Prints one JSON object. Nothing is generated, no
 * answer is read, nothing is counted but requests: what freshet loses against it is the price of its work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/must.h"
#include "secondary/kinesis/sigv4.h"
#include "tests/bench/bench_body.h"

enum { CONNECTIONS_MAX = 256, HOST_MAX = 256 };

struct ceiling {
    CURLM *multi;
    sigv4_t *signer;
    struct batch batch;
    CURL *easies[CONNECTIONS_MAX];
    struct curl_slist *headers[CONNECTIONS_MAX];
    uint64_t requests, failures;
};

static size_t drop_answer(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes;
    (void)user;
    return size * count;
}

/* Sign the body anew and hand the transfer to libcurl. */
static void send_one(struct ceiling *self, size_t slot)
{
    struct sigv4_signature signature;
    sigv4_sign(self->signer, self->batch.body, self->batch.body_length, clock_wall_ms() / 1000, &signature);
    char authorization[SIGV4_AUTHORIZATION_MAX + 32];
    char date[64];
    snprintf(authorization, sizeof authorization, "Authorization: %s", signature.authorization);
    snprintf(date, sizeof date, "X-Amz-Date: %s", signature.date);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-amz-json-1.1");
    headers = curl_slist_append(headers, "X-Amz-Target: Kinesis_20131202.PutRecords");
    headers = curl_slist_append(headers, "Expect:");
    headers = curl_slist_append(headers, date);
    headers = curl_slist_append(headers, authorization);
    must(headers != NULL);
    curl_easy_setopt(self->easies[slot], CURLOPT_HTTPHEADER, headers);
    curl_slist_free_all(self->headers[slot]);
    self->headers[slot] = headers;
    must(curl_multi_add_handle(self->multi, self->easies[slot]) == CURLM_OK);
}

static CURL *new_transfer(const struct ceiling *self, const char *url, size_t slot)
{
    CURL *easy = curl_easy_init();
    must(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, self->batch.body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)self->batch.body_length);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)(uintptr_t)slot);
    return easy;
}

/* Count what has ended and send it again. */
static void turn(struct ceiling *self, bool again)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(self->multi, &left); message != NULL;
         message = curl_multi_info_read(self->multi, &left)) {
        char *slot = NULL;
        long status = 0;
        CURL *easy = message->easy_handle;
        bool good = message->data.result == CURLE_OK;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        self->requests++;
        self->failures += !good || status != 200;
        curl_multi_remove_handle(self->multi, easy);
        if (again)
            send_one(self, (size_t)(uintptr_t)slot);
    }
}

static void prepare(struct ceiling *self, const char *url, uint32_t events)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    char host_only[HOST_MAX];
    snprintf(host_only, sizeof host_only, "%.*s", (int)strcspn(host, "/"), host);
    struct sigv4_setup setup = {.region = "eu-central-1",
                                .service = "kinesis",
                                .host = host_only,
                                .path = "/",
                                .content_type = "application/x-amz-json-1.1",
                                .target = "Kinesis_20131202.PutRecords"};
    self->signer = sigv4_new(&setup);
    struct sigv4_keys *keys = mem_new(1, sizeof *keys);
    snprintf(keys->id, sizeof keys->id, "AKIDEXAMPLE");
    snprintf(keys->secret, sizeof keys->secret, "secret");
    sigv4_set_keys(self->signer, keys);
    free(keys);

    struct putrecords form;
    putrecords_init(&form, "DemoStream", "", 5 << 20);
    workload_t *workload = sensor_new(1, 0);
    bench_body_init(&self->batch, events);
    bench_body_fill(&self->batch, &form, workload, 0, events, clock_wall_ms());
    workload->ops->destroy(&workload);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s URL EVENTS CONNECTIONS SECONDS\n", argv[0]);
        return 2;
    }
    uint32_t events = (uint32_t)strtoul(argv[2], NULL, 10);
    size_t connections = (size_t)strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    if (events == 0 || events > PUTRECORDS_EVENTS_MAX || connections == 0 || connections > CONNECTIONS_MAX)
        return 2;

    static struct ceiling self;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    self.multi = curl_multi_init();
    must(self.multi != NULL);
    curl_multi_setopt(self.multi, CURLMOPT_MAXCONNECTS, (long)connections);
    prepare(&self, argv[1], events);
    for (size_t slot = 0; slot < connections; slot++) {
        self.easies[slot] = new_transfer(&self, argv[1], slot);
        send_one(&self, slot);
    }

    uint64_t begun_us = clock_us();
    uint64_t begun_cpu_us = clock_cpu_us();
    uint64_t end_us = begun_us + (uint64_t)(seconds * 1e6);
    int running = 0;
    while (clock_us() < end_us) {
        curl_multi_perform(self.multi, &running);
        turn(&self, true);
        curl_multi_poll(self.multi, NULL, 0, 100, NULL);
    }
    double spent_s = (double)(clock_us() - begun_us) / 1e6;
    double cpu_s = (double)(clock_cpu_us() - begun_cpu_us) / 1e6;
    printf("{\"requests\": %llu, \"failures\": %llu, \"events_per_s\": %.0f, \"cpu_share\": %.3f, "
           "\"body_bytes\": %zu}\n",
           (unsigned long long)self.requests, (unsigned long long)self.failures,
           (double)self.requests * events / spent_s, cpu_s / spent_s, self.batch.body_length);
    for (size_t slot = 0; slot < connections; slot++) {
        curl_multi_remove_handle(self.multi, self.easies[slot]);
        curl_easy_cleanup(self.easies[slot]);
        curl_slist_free_all(self.headers[slot]);
    }
    curl_multi_cleanup(self.multi);
    curl_global_cleanup();
    sigv4_destroy(&self.signer);
    batch_fini(&self.batch);
    return self.failures == 0 && self.requests > 0 ? 0 : 1;
}
