#include "primary/keyring.h"

#include "common/clock.h"
#include "common/mem.h"

#include <string.h>
#include <zmq.h>

enum { KEY_TEXT = KEYFILE_KEY_MAX, KEY_BYTES = 32, ZAP_FRAMES = 7, ZAP_ADDRESS = 3, ZAP_CREDENTIALS = 6 };

struct keyring {
    char server_public[KEY_TEXT], server_secret[KEY_TEXT];
    char client_public[KEY_TEXT], client_secret[KEY_TEXT];
    keystore_t *store;       /* borrowed; NULL: only our own come in */
    zsock_t *guard;          /* owned: answers ZAP; NULL before keyring_protect */
    zloop_t *loop;           /* borrowed */
    struct refused *refused; /* borrowed */
    log_t *log;              /* borrowed */
};

keyring_t *keyring_new(keystore_t *store)
{
    keyring_t *self = mem_new(1, sizeof *self);
    self->store = store;
    if (zmq_curve_keypair(self->server_public, self->server_secret) != 0 ||
        zmq_curve_keypair(self->client_public, self->client_secret) != 0) {
        free(self);
        return NULL;
    }
    if (store != NULL) {
        memcpy(self->server_public, keystore_primary(store)->public_key, KEY_TEXT);
        memcpy(self->server_secret, keystore_primary(store)->secret_key, KEY_TEXT);
    }
    return self;
}

void keyring_destroy(keyring_t **self_p)
{
    must(self_p != NULL);
    keyring_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->guard != NULL)
        zloop_reader_end(self->loop, self->guard);
    zsock_destroy(&self->guard);
    explicit_bzero(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

void keyring_greeting(const keyring_t *self, char out[KEYRING_GREETING_MAX])
{
    must(self != NULL && out != NULL);
    int length = snprintf(out, KEYRING_GREETING_MAX, "%s %s %s\n", self->server_public, self->client_public,
                          self->client_secret);
    must(length == 3 * (KEY_TEXT - 1) + 3);
}

bool keyring_is_local(const keyring_t *self, const char *key)
{
    must(self != NULL && key != NULL);
    return strcmp(key, self->client_public) == 0;
}

bool keyring_still(const keyring_t *self, const char *key, char why[REFUSED_REASON_MAX])
{
    must(self != NULL && key != NULL && why != NULL);
    if (keyring_is_local(self, key))
        return true;
    char name[KEYFILE_NAME_MAX] = "";
    enum keystore_who who = self->store != NULL ? keystore_find(self->store, key, name) : KEYSTORE_UNKNOWN;
    if (who == KEYSTORE_REVOKED)
        snprintf(why, REFUSED_REASON_MAX, "its bundle %s is revoked", name);
    else if (who == KEYSTORE_UNKNOWN)
        snprintf(why, REFUSED_REASON_MAX, "its key is not one that this primary allows");
    return who == KEYSTORE_ALLOWED;
}

static void copy_text(zframe_t *frame, char *out, size_t size)
{
    size_t length = zframe_size(frame) < size - 1 ? zframe_size(frame) : size - 1;
    memcpy(out, zframe_data(frame), length);
    out[length] = '\0';
}

/* The question (RFC 27): version, request id, domain, address, identity, mechanism, credentials. */
static bool welcome(const keyring_t *self, zmsg_t *question, char key[KEY_TEXT])
{
    zframe_t *frames[ZAP_FRAMES];
    char address[REFUSED_ADDRESS_MAX] = "", why[REFUSED_REASON_MAX] = "it does not authenticate with CURVE";
    bool good = zmsg_size(question) == ZAP_FRAMES;
    frames[0] = good ? zmsg_first(question) : NULL;
    for (size_t i = 1; good && i < ZAP_FRAMES; i++)
        frames[i] = zmsg_next(question);
    if (good)
        copy_text(frames[ZAP_ADDRESS], address, sizeof address);
    good = good && zframe_streq(frames[0], "1.0") && zframe_streq(frames[ZAP_CREDENTIALS - 1], "CURVE") &&
           zframe_size(frames[ZAP_CREDENTIALS]) == KEY_BYTES;
    if (good) {
        must(zmq_z85_encode(key, zframe_data(frames[ZAP_CREDENTIALS]), KEY_BYTES) != NULL);
        if (self->store != NULL)
            keystore_turn(self->store, clock_wall_ms()); /* a bundle made just now may come in */
        good = keyring_still(self, key, why);
    }
    if (!good)
        refused_note(self->refused, self->log, address, why, clock_us(), clock_wall_ms());
    return good;
}

static int on_question(zloop_t *loop, zsock_t *guard, void *context)
{
    (void)loop;
    keyring_t *self = context;
    zmsg_t *question = zmsg_recv(guard);
    if (question == NULL)
        return 0;
    char key[KEY_TEXT] = "";
    bool good = welcome(self, question, key);
    zframe_t *first = zmsg_first(question);
    zframe_t *id = first != NULL ? zmsg_next(question) : NULL;
    zmsg_t *answer = zmsg_new();
    zmsg_addstr(answer, "1.0");
    zmsg_addmem(answer, id != NULL ? (void *)zframe_data(id) : (void *)"", id != NULL ? zframe_size(id) : 0);
    zmsg_addstr(answer, good ? "200" : "400");
    zmsg_addstr(answer, good ? "welcome" : "not a key of this primary");
    zmsg_addstr(answer, good ? key : ""); /* user id: libzmq puts it beside every message */
    zmsg_addstr(answer, "");              /* metadata */
    zmsg_destroy(&question);
    if (zmsg_send(&answer, guard) != 0)
        zmsg_destroy(&answer);
    return 0;
}

bool keyring_protect(keyring_t *self, zsock_t *socket, zloop_t *loop, struct refused *refused, log_t *log)
{
    must(self != NULL && socket != NULL && loop != NULL);
    must(self->guard == NULL && refused != NULL);
    self->loop = loop;
    self->refused = refused;
    self->log = log;
    self->guard = zsock_new(ZMQ_REP);
    if (self->guard == NULL || zsock_bind(self->guard, "inproc://zeromq.zap.01") < 0 ||
        zloop_reader(loop, self->guard, on_question, self) != 0) {
        zsock_destroy(&self->guard);
        return false;
    }
    zloop_reader_set_tolerant(loop, self->guard);
    zsock_set_zap_domain(socket, "freshet");
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_secretkey(socket, self->server_secret);
    zsock_set_curve_publickey(socket, self->server_public);
    return true;
}
