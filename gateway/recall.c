#include "gateway/recall.h"

/* The credential that opened the transaction.  A secret that has been deleted since leaves NONE: then the
 * answer is signed. */
static bool recall_sender(struct task *t)
{
    struct sender *sender = &t->in.sender;
    const struct credential *opened = &t->in.steps[0].credential;
    struct span reference = { opened->name.octets, opened->name.len };

    sender->credential = *opened;
    if (opened->kind != CREDENTIAL_SECRET) {
        return true;
    }
    if (!store_secret(t->in.store, reference, t->in.arena, &sender->secret)) {
        return false;
    }
    if (sender->secret != NULL) {
        sender->secret_value = crypto_seal_reveal(t->in.config->seal, reference, sender->secret->sealed, t->in.arena);
    }
    if (sender->secret_value.ptr == NULL) {
        sender->credential.kind = CREDENTIAL_NONE;
    }
    return true;
}

bool recall_request(struct task *t)
{
    struct inbound *in = &t->in;

    in->der = t->order->message;
    in->message = inbound_decode(in->der, in->arena);
    if (in->message == NULL || t->last == NULL) {
        return false;
    }
    in->header = in->message->header;
    if (in->header->transactionID.ptr == NULL &&
        !inbound_name_transaction(in, (struct span){ t->order->transactionID.octets, t->order->transactionID.len })) {
        return false;
    }
    crypto_sha256(in->der, in->digest);
    in->endpoint = config_endpoint_named(in->config, t->last->endpoint);
    in->profile = config_profile_named(in->config, t->last->profile);
    in->peer = t->order->peer;
    return recall_sender(t);
}
