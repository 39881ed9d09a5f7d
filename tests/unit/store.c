#include "test.h"

#include "store_fixture.h"

/* What every test below works on. */
struct scene {
    struct place place;
    struct store *store;
    struct arena *arena;
};

static struct scene scene_new(void)
{
    struct scene s = { .place = place_new(), .arena = arena_new() };

    s.store = place_open(&s.place);
    return s;
}

static void scene_end(struct scene *s)
{
    store_close(s->store);
    arena_free(s->arena);
    place_remove(&s->place);
}

static enum commit_result apply_step(struct scene *s, const char *transactionID, uint32_t number, int64_t due)
{
    struct change *c = change_step(transactionID, number);

    c->step->due = due;
    return apply_and_free(s->store, c);
}

static enum commit_result revoke(struct scene *s, uint8_t mark, int64_t at, uint32_t reason)
{
    struct change *c = change_new();
    struct revocation r = { .at = at, .reason = reason };

    memset(r.fingerprint, mark, sizeof r.fingerprint);
    c->revocation = &r;
    return apply_and_free(s->store, c);
}

static enum commit_result lift(struct scene *s, uint8_t mark)
{
    struct change *c = change_new();
    uint8_t fingerprint[STORE_DIGEST];

    memset(fingerprint, mark, sizeof fingerprint);
    c->unrevoke = fingerprint;
    return apply_and_free(s->store, c);
}

static enum commit_result add_certificate(struct scene *s, uint8_t mark, const char *issuer, struct span serial)
{
    struct change *c = change_new();

    change_certificate(c, mark, issuer, serial);
    return apply_and_free(s->store, c);
}

static struct certificate *certificate(struct scene *s, uint8_t mark)
{
    struct certificate *found = NULL;
    uint8_t fingerprint[STORE_DIGEST];

    memset(fingerprint, mark, sizeof fingerprint);
    EXPECT(store_certificate(s->store, fingerprint, s->arena, &found));
    return found;
}

static int64_t generation(struct scene *s)
{
    int64_t generation = -1;

    EXPECT(store_revocations(s->store, &generation));
    return generation;
}

static bool octets_are(struct store_octets o, const char *text)
{
    return span_eq(octets_span(&o), span_str(text));
}

/* ---- transactions ------------------------------------------------------------------------------ */

TEST(an_unknown_transaction_has_no_steps)
{
    struct scene s = scene_new();

    EXPECT_EQ(count_steps(s.store, "nobody"), 0);
    scene_end(&s);
}

TEST(a_step_comes_back_as_it_went_in)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);
    struct step *steps;
    size_t count;

    c->step->ending = ENDING_IMPLICIT;
    c->step->reference = 4000000007;
    c->step->certReqId = -1;
    c->step->due = 1700000300;
    c->step->message_time = 1699999999;
    c->step->signer = span_of("a certificate, and another");
    memset(c->step->order, 9, sizeof c->step->order);
    memset(c->step->certificate, 8, sizeof c->step->certificate);
    EXPECT_EQ(store_apply(s.store, c), COMMIT_DONE);
    REQUIRE(store_steps(s.store, span_of("t"), s.arena, &steps, &count));
    REQUIRE(count == 1);
    EXPECT(octets_are(steps->transactionID, "t"));
    EXPECT_EQ(steps->number, 1);
    EXPECT_EQ(steps->at, 1700000001);
    EXPECT_EQ(steps->reference, 4000000007);
    EXPECT_STR(steps->endpoint, "lan");
    EXPECT_STR(steps->profile, "default");
    EXPECT(memcmp(steps->digest, c->step->digest, STORE_DIGEST) == 0);
    EXPECT_EQ(steps->credential.kind, CREDENTIAL_SECRET);
    EXPECT(octets_are(steps->credential.name, "device-7"));
    EXPECT_EQ(steps->phase, PHASE_ISSUED);
    EXPECT_EQ(steps->ending, ENDING_IMPLICIT);
    EXPECT_EQ(steps->operation, 0);
    EXPECT_EQ(steps->body, 1);
    EXPECT_EQ(steps->pvno, 2);
    EXPECT_EQ(steps->certReqId, -1);
    EXPECT(octets_are(steps->our_nonce, "0123456789abcdef"));
    EXPECT(octets_are(steps->first_nonce, "fedcba9876543210"));
    EXPECT(span_eq(steps->signer, span_of("a certificate, and another")));
    EXPECT(memcmp(steps->order, c->step->order, STORE_ORDER_ID) == 0);
    EXPECT(memcmp(steps->certificate, c->step->certificate, STORE_DIGEST) == 0);
    EXPECT_EQ(steps->due, 1700000300);
    EXPECT_EQ(steps->message_time, 1699999999);
    EXPECT(span_eq(steps->reply, span_of("the answer as sent")));
    change_free(c);
    scene_end(&s);
}

TEST(what_is_absent_from_a_step_comes_back_absent)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    struct step bare = { .transactionID = octets_text("t"), .number = 1, .body = -1 }, *steps;
    static const uint8_t zero[STORE_DIGEST];
    size_t count;

    c->step = &bare;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    REQUIRE(store_steps(s.store, span_of("t"), s.arena, &steps, &count) && count == 1);
    EXPECT(steps->endpoint == NULL && steps->profile == NULL);
    EXPECT(memcmp(steps->digest, zero, STORE_DIGEST) == 0);
    EXPECT(memcmp(steps->order, zero, STORE_ORDER_ID) == 0);
    EXPECT(memcmp(steps->certificate, zero, STORE_DIGEST) == 0);
    EXPECT_EQ(steps->our_nonce.len, 0);
    EXPECT_EQ(steps->credential.name.len, 0);
    EXPECT(steps->reply.ptr == NULL);
    EXPECT_EQ(steps->body, -1);
    scene_end(&s);
}

TEST(an_empty_reply_is_not_an_absent_one)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);
    struct step *steps;
    size_t count;

    c->step->reply = span_of("");
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    REQUIRE(store_steps(s.store, span_of("t"), s.arena, &steps, &count) && count == 1);
    EXPECT(steps->reply.ptr != NULL);
    EXPECT_EQ(steps->reply.len, 0);
    scene_end(&s);
}

TEST(steps_come_back_in_order_and_only_those_of_the_transaction)
{
    struct scene s = scene_new();
    struct step *steps;
    size_t count;

    for (uint32_t n = 1; n <= STORE_STEPS_MAX; n++) {
        EXPECT_EQ(apply_step(&s, "t", n, 0), COMMIT_DONE);
        EXPECT_EQ(apply_step(&s, "u", n, 0), COMMIT_DONE);
    }
    REQUIRE(store_steps(s.store, span_of("t"), s.arena, &steps, &count));
    REQUIRE(count == STORE_STEPS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        EXPECT_EQ(steps[i].number, i + 1);
        EXPECT(octets_are(steps[i].transactionID, "t"));
    }
    scene_end(&s);
}

TEST(a_step_too_many_is_refused_with_a_reason)
{
    struct scene s = scene_new();

    for (uint32_t n = 1; n <= STORE_STEPS_MAX; n++) {
        EXPECT_EQ(apply_step(&s, "t", n, 0), COMMIT_DONE);
    }
    EXPECT_EQ(apply_step(&s, "t", STORE_STEPS_MAX + 1, 0), COMMIT_FAILED);
    EXPECT_HAS(store_why(s.store), "CHECK constraint failed");
    EXPECT_HAS(store_why(s.store), s.place.path);
    EXPECT_EQ(count_steps(s.store, "t"), STORE_STEPS_MAX);
    scene_end(&s);
}

TEST(the_second_of_two_equal_steps_has_lost)
{
    struct scene s = scene_new();
    struct change *late = change_step("t", 1);
    struct step *steps;
    size_t count;

    EXPECT_EQ(apply_step(&s, "t", 1, 0), COMMIT_DONE);
    late->step->reply = span_of("another answer");
    change_certificate(late, 7, "CA", span_of("\1"));
    EXPECT_EQ(apply_and_free(s.store, late), COMMIT_LOST);
    REQUIRE(store_steps(s.store, span_of("t"), s.arena, &steps, &count) && count == 1);
    EXPECT(span_eq(steps->reply, span_of("the answer as sent")));
    EXPECT(certificate(&s, 7) == NULL);
    scene_end(&s);
}

static enum commit_result begin_update(struct scene *s, const char *transactionID, uint8_t certificate)
{
    struct change *c = change_step(transactionID, 1);

    c->step->phase = PHASE_ISSUED;
    memset(c->step->updates, certificate, sizeof c->step->updates);
    return apply_and_free(s->store, c);
}

TEST(of_two_updates_of_a_certificate_the_second_has_lost_until_the_first_is_over)
{
    struct scene s = scene_new();
    struct change *over = change_step("t", 2);

    EXPECT_EQ(begin_update(&s, "t", 7), COMMIT_DONE);
    EXPECT_EQ(begin_update(&s, "u", 7), COMMIT_LOST);
    EXPECT_EQ(begin_update(&s, "v", 8), COMMIT_DONE);
    over->step->phase = PHASE_CLOSED;
    EXPECT_EQ(apply_and_free(s.store, over), COMMIT_DONE);
    EXPECT_EQ(begin_update(&s, "u", 7), COMMIT_DONE);
    EXPECT_EQ(begin_update(&s, "w", 7), COMMIT_LOST);
    scene_end(&s);
}

static struct change *change_referenced(const char *transactionID, uint32_t reference)
{
    struct change *c = change_step(transactionID, 1);

    c->step->reference = reference;
    return c;
}

TEST(a_transaction_is_found_by_its_polling_reference_and_nobody_else_gets_that)
{
    struct scene s = scene_new();
    struct store_octets id;

    EXPECT_EQ(apply_and_free(s.store, change_referenced("t", 0xfedcba98)), COMMIT_DONE);
    EXPECT_EQ(apply_and_free(s.store, change_referenced("u", 0xfedcba98)), COMMIT_LOST);
    EXPECT_EQ(count_steps(s.store, "u"), 0);
    EXPECT_EQ(apply_and_free(s.store, change_referenced("v", 0)), COMMIT_DONE);
    EXPECT_EQ(apply_and_free(s.store, change_referenced("w", 0)), COMMIT_DONE);
    REQUIRE(store_reference(s.store, 0xfedcba98, &id));
    EXPECT(octets_are(id, "t"));
    REQUIRE(store_reference(s.store, 0, &id));
    EXPECT_EQ(id.len, 0);
    REQUIRE(store_reference(s.store, 1, &id));
    EXPECT_EQ(id.len, 0);
    scene_end(&s);
}

TEST(a_step_without_the_one_before_it_has_lost)
{
    struct scene s = scene_new();

    EXPECT_EQ(apply_step(&s, "t", 2, 0), COMMIT_LOST);
    EXPECT_EQ(count_steps(s.store, "t"), 0);
    scene_end(&s);
}

TEST(steps_that_do_not_fit_into_the_arena_are_a_failure_with_a_reason)
{
    struct scene s = scene_new();
    struct step *steps;
    size_t count;

    EXPECT_EQ(apply_step(&s, "t", 1, 0), COMMIT_DONE);
    arena_limit(s.arena, 64);
    EXPECT(!store_steps(s.store, span_of("t"), s.arena, &steps, &count));
    EXPECT_HAS(store_why(s.store), "memory");
    arena_limit(s.arena, ARENA_LIMIT);
    EXPECT(store_steps(s.store, span_of("t"), s.arena, &steps, &count));
    EXPECT_EQ(count, 1);
    scene_end(&s);
}

/* ---- orders ------------------------------------------------------------------------------------- */

TEST(an_order_comes_back_as_it_went_in)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    struct order *have = NULL, *want = change_order(c, 1);

    want->state = ORDER_UNSURE;
    want->due = 1700000060;
    want->attempts = 3;
    want->submitted = want->waiting = want->implicit_confirm = want->modified = true;
    want->requester = span_of("CN=requester");
    want->requester_certificate = span_of("its certificate");
    want->extensions = span_of("extensions");
    want->controls = span_of("controls");
    want->certificate = span_of("the old one");
    want->token = span_of("ticket 5");
    want->result = span_of("the new one");
    want->fail_info = 1u << 9;
    want->text = "no";
    EXPECT_EQ(store_apply(s.store, c), COMMIT_DONE);
    REQUIRE(store_order(s.store, want->id, s.arena, &have) && have != NULL);
    EXPECT(memcmp(have->id, want->id, STORE_ORDER_ID) == 0);
    EXPECT(octets_are(have->transactionID, "of the order"));
    EXPECT_EQ(have->certReqId, -1);
    EXPECT_EQ(have->kind, 1);
    EXPECT_EQ(have->state, ORDER_UNSURE);
    EXPECT_STR(have->backend, "demo");
    EXPECT_STR(have->profile, "default");
    EXPECT_STR(have->peer, "192.0.2.7:4711");
    EXPECT_EQ(have->created, 1700000000);
    EXPECT_EQ(have->due, 1700000060);
    EXPECT_EQ(have->attempts, 3);
    EXPECT(have->submitted && have->waiting && have->implicit_confirm && have->modified);
    EXPECT(span_eq(have->message, want->message));
    EXPECT(span_eq(have->requester, want->requester));
    EXPECT(span_eq(have->requester_certificate, want->requester_certificate));
    EXPECT(span_eq(have->subject, want->subject));
    EXPECT(span_eq(have->public_key, want->public_key));
    EXPECT(span_eq(have->extensions, want->extensions));
    EXPECT(span_eq(have->controls, want->controls));
    EXPECT(span_eq(have->certificate, want->certificate));
    EXPECT_EQ(have->not_before, 5);
    EXPECT_EQ(have->not_after, 6);
    EXPECT_EQ(have->reason, 4);
    EXPECT(span_eq(have->token, want->token));
    EXPECT(span_eq(have->result, want->result));
    EXPECT_EQ(have->fail_info, 1u << 9);
    EXPECT_STR(have->text, "no");
    change_free(c);
    scene_end(&s);
}

TEST(an_order_put_again_is_replaced)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    struct order *have = NULL, *o = change_order(c, 1);

    o->text = "later";
    EXPECT_EQ(store_apply(s.store, c), COMMIT_DONE);
    o->state = ORDER_DONE;
    o->text = NULL;
    o->result = span_of("the certificate");
    o->modified = true;
    EXPECT_EQ(store_apply(s.store, c), COMMIT_DONE);
    REQUIRE(store_order(s.store, o->id, s.arena, &have) && have != NULL);
    EXPECT_EQ(have->state, ORDER_DONE);
    EXPECT(have->text == NULL);
    EXPECT(have->modified && !have->submitted && !have->waiting && !have->implicit_confirm);
    EXPECT(span_eq(have->result, span_of("the certificate")));
    change_free(c);
    scene_end(&s);
}

TEST(an_unknown_order_is_not_found)
{
    struct scene s = scene_new();
    struct order *have = (struct order *)&s;

    EXPECT(store_order(s.store, (const uint8_t[STORE_ORDER_ID]){ 5 }, s.arena, &have));
    EXPECT(have == NULL);
    scene_end(&s);
}

/* ---- certificates ------------------------------------------------------------------------------- */

TEST(a_certificate_is_found_by_fingerprint_serial_and_key)
{
    struct scene s = scene_new();
    struct certificate *by_serial = NULL, *by_key = NULL;
    uint8_t key[STORE_DIGEST];

    memset(key, 7, sizeof key);
    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\x60\1")), COMMIT_DONE);
    struct certificate *c = certificate(&s, 7);
    REQUIRE(c != NULL);
    EXPECT(span_eq(c->der, span_of("a certificate")));
    EXPECT(span_eq(c->issuer, span_of("CA")));
    EXPECT(span_eq(c->serial, span_of("\x60\1")));
    EXPECT(span_eq(c->subject, span_of("CN=x")));
    EXPECT_STR(c->profile, "default");
    EXPECT_EQ(c->not_before, 1700000000);
    EXPECT_EQ(c->not_after, 1800000000);
    EXPECT_EQ(c->added, 1700000001);
    EXPECT_EQ(c->revoked_at, 0);
    EXPECT_EQ(c->phase, PHASE_NONE);
    EXPECT(store_certificate_by_serial(s.store, span_of("CA"), span_of("\x60\1"), s.arena, &by_serial));
    REQUIRE(by_serial != NULL);
    EXPECT(memcmp(by_serial->fingerprint, c->fingerprint, STORE_DIGEST) == 0);
    EXPECT(store_certificate_by_key(s.store, key, s.arena, &by_key));
    REQUIRE(by_key != NULL);
    EXPECT(memcmp(by_key->key, key, STORE_DIGEST) == 0);
    scene_end(&s);
}

TEST(a_certificate_of_another_issuer_or_serial_is_not_found)
{
    struct scene s = scene_new();
    struct certificate *found = NULL;

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 8, "other", span_of("\2")), COMMIT_DONE);
    EXPECT(store_certificate_by_serial(s.store, span_of("CA"), span_of("\2"), s.arena, &found) && found == NULL);
    EXPECT(store_certificate_by_serial(s.store, span_of("nobody"), span_of("\1"), s.arena, &found) && found == NULL);
    EXPECT(certificate(&s, 9) == NULL);
    scene_end(&s);
}

TEST(fingerprints_that_begin_alike_are_told_apart)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    uint8_t fingerprint[STORE_DIGEST] = { 0 };
    struct certificate *found = NULL;

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    struct certificate *twin = change_certificate(c, 7, "CA", span_of("\2"));
    twin->fingerprint[STORE_DIGEST - 1] = twin->key[STORE_DIGEST - 1] = 8;
    memcpy(fingerprint, twin->fingerprint, sizeof fingerprint);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    REQUIRE(store_certificate(s.store, fingerprint, s.arena, &found) && found != NULL);
    EXPECT(span_eq(found->serial, span_of("\2")));
    EXPECT(span_eq(certificate(&s, 7)->serial, span_of("\1")));
    REQUIRE(store_certificate_by_key(s.store, fingerprint, s.arena, &found) && found != NULL);
    EXPECT(span_eq(found->serial, span_of("\2")));
    memset(fingerprint, 7, sizeof fingerprint);
    REQUIRE(store_certificate_by_key(s.store, fingerprint, s.arena, &found) && found != NULL);
    EXPECT(span_eq(found->serial, span_of("\1")));
    scene_end(&s);
}

TEST(of_two_certificates_for_a_key_the_newest_is_found)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    struct certificate *found = NULL;
    uint8_t key[STORE_DIGEST];

    memset(key, 7, sizeof key);
    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    memset(change_certificate(c, 7, "CA", span_of("\2"))->fingerprint, 8, STORE_DIGEST);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    REQUIRE(store_certificate_by_key(s.store, key, s.arena, &found) && found != NULL);
    EXPECT(span_eq(found->serial, span_of("\2")));
    scene_end(&s);
}

TEST(a_certificate_without_a_key_digest_is_not_found_by_it)
{
    struct scene s = scene_new();
    struct change *c = change_new();
    struct certificate *found = NULL;
    static const uint8_t zero[STORE_DIGEST];

    memset(change_certificate(c, 7, "CA", span_of("\1"))->key, 0, STORE_DIGEST);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    EXPECT(store_certificate_by_key(s.store, zero, s.arena, &found));
    EXPECT(found == NULL);
    EXPECT(certificate(&s, 7) != NULL);
    scene_end(&s);
}

TEST(the_same_certificate_again_changes_nothing)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    scene_end(&s);
}

TEST(another_certificate_with_the_same_serial_is_refused_with_its_step)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    change_certificate(c, 8, "CA", span_of("\1"));
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_FAILED);
    EXPECT_HAS(store_why(s.store), "same serial number");
    EXPECT_EQ(count_steps(s.store, "t"), 0);
    EXPECT_EQ(add_certificate(&s, 8, "other", span_of("\1")), COMMIT_DONE);
    scene_end(&s);
}

TEST(a_certificate_says_where_its_transaction_stands)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);

    change_certificate(c, 7, "CA", span_of("\1"));
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->phase, PHASE_ISSUED);
    EXPECT(octets_are(certificate(&s, 7)->transactionID, "t"));
    c = change_step("t", 2);
    c->step->phase = PHASE_CLOSED;
    c->step->ending = ENDING_CONFIRMED;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->phase, PHASE_CLOSED);
    EXPECT_EQ(certificate(&s, 7)->ending, ENDING_CONFIRMED);
    scene_end(&s);
}

/* ---- revocation ---------------------------------------------------------------------------------- */

TEST(a_revocation_is_seen_and_changes_the_generation)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    int64_t before = generation(&s);
    EXPECT_EQ(revoke(&s, 7, 1700000500, 1), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 1700000500);
    EXPECT_EQ(certificate(&s, 7)->reason, 1);
    EXPECT(generation(&s) != before);
    scene_end(&s);
}

TEST(a_certificate_and_its_revocation_may_come_in_one_change)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);
    struct revocation r = { .at = 5, .reason = 5 };

    memset(r.fingerprint, 7, sizeof r.fingerprint);
    change_certificate(c, 7, "CA", span_of("\1"));
    c->revocation = &r;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 5);
    scene_end(&s);
}

TEST(the_first_revocation_stands)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 7, 100, 1), COMMIT_DONE);
    int64_t before = generation(&s);
    EXPECT_EQ(revoke(&s, 7, 200, 4), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 7, 300, 6), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 100);
    EXPECT_EQ(certificate(&s, 7)->reason, 1);
    EXPECT_EQ(generation(&s), before);
    scene_end(&s);
}

TEST(a_hold_gives_way_to_a_revocation_and_can_be_lifted)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 7, 100, 6), COMMIT_DONE);
    int64_t held = generation(&s);
    EXPECT_EQ(lift(&s, 7), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 0);
    EXPECT(generation(&s) != held);
    EXPECT_EQ(revoke(&s, 7, 200, 6), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 7, 300, 6), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 200);
    EXPECT_EQ(revoke(&s, 7, 400, 1), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 400);
    EXPECT_EQ(certificate(&s, 7)->reason, 1);
    scene_end(&s);
}

TEST(only_a_hold_can_be_lifted)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 7, 100, 1), COMMIT_DONE);
    int64_t before = generation(&s);
    EXPECT_EQ(lift(&s, 7), COMMIT_DONE);
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 100);
    EXPECT_EQ(generation(&s), before);
    scene_end(&s);
}

TEST(a_certificate_that_is_not_in_the_inventory_cannot_be_revoked)
{
    struct scene s = scene_new();

    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 8, 100, 1), COMMIT_FAILED);
    EXPECT_HAS(store_why(s.store), "not in the inventory");
    EXPECT_EQ(certificate(&s, 7)->revoked_at, 0);
    scene_end(&s);
}

struct seen {
    char serials[64];
    int64_t revoked_at;
    uint32_t reason;
};

static void note_revoked(void *context, const struct certificate *c)
{
    struct seen *seen = context;

    for (size_t i = 0; i < c->serial.len; i++) {
        snprintf(seen->serials + strlen(seen->serials), sizeof seen->serials - strlen(seen->serials), "%02x",
                 c->serial.ptr[i]);
    }
    strcat(seen->serials, " ");
    seen->revoked_at = c->revoked_at;
    seen->reason = c->reason;
}

TEST(each_revoked_gives_those_of_the_issuer_in_the_order_of_their_numbers)
{
    struct scene s = scene_new();
    struct seen seen = { .serials = "" };

    EXPECT_EQ(add_certificate(&s, 1, "CA", span_of("\x01\x02\x03")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 2, "CA", span_of("\x7f")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 3, "CA", span_of("\x01\x02\x01")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 4, "CA", span_of("\x05")), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 5, "other", span_of("\x06")), COMMIT_DONE);
    for (uint8_t mark = 1; mark <= 5; mark++) {
        EXPECT_EQ(mark == 4 ? COMMIT_DONE : revoke(&s, mark, 100 + mark, mark), COMMIT_DONE);
    }
    EXPECT(store_each_revoked(s.store, span_of("CA"), 1750000000, note_revoked, &seen));
    EXPECT_STR(seen.serials, "7f 010201 010203 ");
    EXPECT_EQ(seen.revoked_at, 101);
    EXPECT_EQ(seen.reason, 1);
    scene_end(&s);
}

TEST(each_revoked_leaves_out_what_has_expired)
{
    struct scene s = scene_new();
    struct seen seen = { .serials = "" };

    EXPECT_EQ(add_certificate(&s, 1, "CA", span_of("\1")), COMMIT_DONE);
    EXPECT_EQ(revoke(&s, 1, 100, 1), COMMIT_DONE);
    EXPECT(store_each_revoked(s.store, span_of("CA"), 1800000001, note_revoked, &seen));
    EXPECT_STR(seen.serials, "");
    EXPECT(store_each_revoked(s.store, span_of("CA"), 1800000000, note_revoked, &seen));
    EXPECT_STR(seen.serials, "01 ");
    scene_end(&s);
}

TEST(the_latest_crl_is_the_one_with_the_highest_number)
{
    struct scene s = scene_new();
    struct crl *latest = NULL;

    EXPECT(store_latest_crl(s.store, span_of("CA"), s.arena, &latest) && latest == NULL);
    for (uint64_t number = 9; number <= 11; number++) {
        struct change *c = change_new();
        change_crl(c, "CA", number);
        EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    }
    struct change *c = change_new();
    change_crl(c, "other", 99);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    REQUIRE(store_latest_crl(s.store, span_of("CA"), s.arena, &latest) && latest != NULL);
    EXPECT_EQ(latest->number, 11);
    EXPECT(span_eq(latest->issuer, span_of("CA")));
    EXPECT(span_eq(latest->der, span_of("a crl")));
    EXPECT_EQ(latest->this_update, 1700000000);
    EXPECT_EQ(latest->next_update, 1700086400);
    EXPECT_EQ(latest->revocations, 3);
    scene_end(&s);
}

TEST(the_second_crl_with_a_number_has_lost)
{
    struct scene s = scene_new();
    struct change *c = change_new();

    change_crl(c, "CA", 1);
    EXPECT_EQ(store_apply(s.store, c), COMMIT_DONE);
    EXPECT_EQ(store_apply(s.store, c), COMMIT_LOST);
    c->crl->number = UINT64_MAX;
    EXPECT_EQ(store_apply(s.store, c), COMMIT_FAILED);
    change_free(c);
    scene_end(&s);
}

/* ---- secrets --------------------------------------------------------------------------------------- */

static enum commit_result put_secret(struct scene *s, const char *reference, int64_t uses, int64_t not_after,
                                     bool disabled)
{
    struct change *c = change_new();
    struct secret *secret = change_secret(c, reference, uses);

    secret->not_after = not_after;
    secret->disabled = disabled;
    return apply_and_free(s->store, c);
}

/* A certificate for a secret, at 1700000001. */
static enum commit_result enrol(struct scene *s, const char *transactionID, const char *reference)
{
    struct change *c = change_step(transactionID, 1);

    c->uses_secret = span_str(reference);
    return apply_and_free(s->store, c);
}

static int64_t uses_left(struct scene *s, const char *reference)
{
    struct secret *found = NULL;

    EXPECT(store_secret(s->store, span_str(reference), s->arena, &found));
    return found != NULL ? found->uses : -99;
}

TEST(a_secret_comes_back_as_it_went_in_and_can_be_replaced)
{
    struct scene s = scene_new();
    struct secret *found = NULL;

    EXPECT(store_secret(s.store, span_of("device-7"), s.arena, &found) && found == NULL);
    EXPECT_EQ(put_secret(&s, "device-7", 3, 1900000000, false), COMMIT_DONE);
    REQUIRE(store_secret(s.store, span_of("device-7"), s.arena, &found) && found != NULL);
    EXPECT(octets_are(found->reference, "device-7"));
    EXPECT(span_eq(found->sealed, span_of("sealed")));
    EXPECT_STR(found->profile, "default");
    EXPECT(span_eq(found->subject, span_of("CN=bound")));
    EXPECT_EQ(found->uses, 3);
    EXPECT_EQ(found->created, 1700000000);
    EXPECT_EQ(found->not_after, 1900000000);
    EXPECT(!found->disabled);
    EXPECT_EQ(put_secret(&s, "device-7", -1, 0, true), COMMIT_DONE);
    REQUIRE(store_secret(s.store, span_of("device-7"), s.arena, &found) && found != NULL);
    EXPECT_EQ(found->uses, -1);
    EXPECT_EQ(found->not_after, 0);
    EXPECT(found->disabled);
    scene_end(&s);
}

TEST(a_secret_is_good_for_as_many_certificates_as_it_says)
{
    struct scene s = scene_new();

    EXPECT_EQ(put_secret(&s, "twice", 2, 0, false), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "a", "twice"), COMMIT_DONE);
    EXPECT_EQ(uses_left(&s, "twice"), 1);
    EXPECT_EQ(enrol(&s, "b", "twice"), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "c", "twice"), COMMIT_USED_UP);
    EXPECT_EQ(uses_left(&s, "twice"), 0);
    EXPECT_EQ(count_steps(s.store, "b"), 1);
    EXPECT_EQ(count_steps(s.store, "c"), 0);
    scene_end(&s);
}

TEST(a_secret_without_a_limit_is_never_used_up)
{
    struct scene s = scene_new();

    EXPECT_EQ(put_secret(&s, "many", -1, 0, false), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "a", "many"), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "b", "many"), COMMIT_DONE);
    EXPECT_EQ(uses_left(&s, "many"), -1);
    scene_end(&s);
}

TEST(a_lost_race_takes_no_use)
{
    struct scene s = scene_new();

    EXPECT_EQ(put_secret(&s, "twice", 2, 0, false), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "a", "twice"), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "a", "twice"), COMMIT_LOST);
    EXPECT_EQ(uses_left(&s, "twice"), 1);
    scene_end(&s);
}

TEST(a_change_that_fails_later_takes_no_use)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 1);

    EXPECT_EQ(put_secret(&s, "twice", 2, 0, false), COMMIT_DONE);
    EXPECT_EQ(add_certificate(&s, 7, "CA", span_of("\1")), COMMIT_DONE);
    c->uses_secret = span_of("twice");
    change_certificate(c, 8, "CA", span_of("\1"));
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_FAILED);
    EXPECT_EQ(uses_left(&s, "twice"), 2);
    scene_end(&s);
}

TEST(a_disabled_expired_or_unknown_secret_is_used_up)
{
    struct scene s = scene_new();

    EXPECT_EQ(put_secret(&s, "disabled", 5, 0, true), COMMIT_DONE);
    EXPECT_EQ(put_secret(&s, "expired", -1, 1700000000, false), COMMIT_DONE);
    EXPECT_EQ(put_secret(&s, "good", 1, 1700000001, false), COMMIT_DONE);
    EXPECT_EQ(enrol(&s, "a", "disabled"), COMMIT_USED_UP);
    EXPECT_EQ(enrol(&s, "a", "expired"), COMMIT_USED_UP);
    EXPECT_EQ(enrol(&s, "a", "unknown"), COMMIT_USED_UP);
    EXPECT_EQ(enrol(&s, "a", "good"), COMMIT_DONE);
    EXPECT_EQ(uses_left(&s, "disabled"), 5);
    scene_end(&s);
}

static bool note_secret(void *context, const struct secret *secret)
{
    char *seen = context;

    snprintf(seen + strlen(seen), 64 - strlen(seen), "%.*s ", (int)secret->reference.len, secret->reference.octets);
    return strlen(seen) < 4;
}

TEST(secrets_are_listed_until_the_listener_has_enough)
{
    struct scene s = scene_new();
    char seen[64] = "";

    EXPECT_EQ(put_secret(&s, "b", 1, 0, false), COMMIT_DONE);
    EXPECT_EQ(put_secret(&s, "a", 1, 0, false), COMMIT_DONE);
    EXPECT_EQ(put_secret(&s, "c", 1, 0, false), COMMIT_DONE);
    EXPECT(store_each_secret(s.store, note_secret, seen));
    EXPECT_STR(seen, "a b ");
    scene_end(&s);
}

/* ---- the timer --------------------------------------------------------------------------------------- */

static enum commit_result put_order(struct scene *s, uint8_t mark, enum order_state state, int64_t due)
{
    struct change *c = change_new();
    struct order *o = change_order(c, mark);

    o->state = state;
    o->due = due;
    return apply_and_free(s->store, c);
}

static enum commit_result write_attempt(struct scene *s, uint8_t mark, uint32_t attempt, bool begins)
{
    struct change *c = change_new();
    struct order *o = change_order(c, mark);

    o->attempts = attempt;
    o->begins = begins;
    return apply_and_free(s->store, c);
}

static enum commit_result begin_order(struct scene *s, uint8_t mark, uint32_t attempt)
{
    return write_attempt(s, mark, attempt, true);
}

static enum commit_result put_attempt(struct scene *s, uint8_t mark, uint32_t attempt)
{
    return write_attempt(s, mark, attempt, false);
}

TEST(nothing_is_due_in_an_empty_store)
{
    struct scene s = scene_new();
    struct due *due;
    size_t count = 9;
    int64_t next = 9;

    EXPECT(store_due(s.store, INT64_MAX, 10, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 0);
    EXPECT_EQ(next, 0);
    scene_end(&s);
}

TEST(transactions_and_orders_are_due_earliest_first)
{
    struct scene s = scene_new();
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(apply_step(&s, "c", 1, 300), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "a", 1, 100), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "never", 1, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 2, ORDER_OPEN, 200), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 4, ORDER_OPEN, 400), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 5, ORDER_OPEN, 0), COMMIT_DONE);
    REQUIRE(store_due(s.store, 300, 10, NULL, NULL, s.arena, &due, &count, &next));
    REQUIRE(count == 3);
    EXPECT_EQ(due[0].at, 100);
    EXPECT(octets_are(due[0].transactionID, "a"));
    EXPECT_EQ(due[0].order[0], 0);
    EXPECT_EQ(due[1].at, 200);
    EXPECT_EQ(due[1].order[0], 2);
    EXPECT(octets_are(due[1].transactionID, "of the order"));
    EXPECT(octets_are(due[2].transactionID, "c"));
    EXPECT_EQ(next, 400);
    scene_end(&s);
}

TEST(what_is_due_beyond_the_most_is_the_next)
{
    struct scene s = scene_new();
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(apply_step(&s, "a", 1, 100), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "b", 1, 100), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "c", 1, 150), COMMIT_DONE);
    REQUIRE(store_due(s.store, 200, 2, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 2);
    EXPECT_EQ(next, 150);
    REQUIRE(store_due(s.store, 200, 3, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 3);
    EXPECT_EQ(next, 0);
    scene_end(&s);
}

/* Whoever waits is due at 250 at the earliest; "never" only when we are woken. */
static int64_t put_off(void *context, const struct due *due, int64_t at)
{
    const struct store_octets *never = context;

    EXPECT_EQ(at, 1700000001);
    return store_octets_same(&due->transactionID, never) ? INT64_MAX : due->at > 250 ? due->at : 250;
}

TEST(who_is_given_more_time_is_due_later_and_hides_nobody)
{
    struct scene s = scene_new();
    struct store_octets never = store_octets_of(span_of("never"));
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(apply_step(&s, "never", 1, 90), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "a", 1, 100), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 2, ORDER_OPEN, 150), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "b", 1, 300), COMMIT_DONE);
    REQUIRE(store_due(s.store, 200, 1, put_off, &never, s.arena, &due, &count, &next));
    REQUIRE(count == 1);
    EXPECT_EQ(due[0].order[0], 2);
    EXPECT_EQ(next, 250);
    REQUIRE(store_due(s.store, 260, 9, put_off, &never, s.arena, &due, &count, &next));
    REQUIRE(count == 2);
    EXPECT(octets_are(due[0].transactionID, "a"));
    EXPECT_EQ(due[0].at, 100);
    scene_end(&s);
}

TEST(only_the_last_step_of_a_transaction_is_due)
{
    struct scene s = scene_new();
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(apply_step(&s, "over", 1, 100), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "over", 2, 0), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "later", 1, 100), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "later", 2, 500), COMMIT_DONE);
    REQUIRE(store_due(s.store, 200, 10, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 0);
    EXPECT_EQ(next, 500);
    EXPECT_EQ(apply_step(&s, "later", 3, 500), COMMIT_DONE);
    REQUIRE(store_due(s.store, 500, 10, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 1);
    EXPECT(octets_are(due[0].transactionID, "later"));
    scene_end(&s);
}

TEST(a_lost_step_leaves_the_due_of_the_one_before)
{
    struct scene s = scene_new();
    struct change *c = change_step("t", 2);
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(apply_step(&s, "t", 1, 100), COMMIT_DONE);
    c->uses_secret = span_of("unknown");
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_USED_UP);
    REQUIRE(store_due(s.store, 200, 10, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 1);
    scene_end(&s);
}

TEST(an_outcome_is_not_undone_by_who_has_looked_at_an_old_row)
{
    struct scene s = scene_new();

    EXPECT_EQ(put_order(&s, 1, ORDER_OPEN, 100), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 1, ORDER_DONE, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 1, ORDER_OPEN, 200), COMMIT_LOST);
    EXPECT_EQ(put_order(&s, 2, ORDER_REJECTED, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 2, ORDER_DONE, 0), COMMIT_LOST);
    EXPECT_EQ(put_order(&s, 3, ORDER_DROPPED, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 3, ORDER_OPEN, 200), COMMIT_LOST);
    EXPECT_EQ(put_order(&s, 3, ORDER_UNSURE, 0), COMMIT_LOST);
    EXPECT_EQ(put_order(&s, 3, ORDER_DONE, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 4, ORDER_UNSURE, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 4, ORDER_OPEN, 200), COMMIT_LOST);
    EXPECT_EQ(put_order(&s, 4, ORDER_UNSURE, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 4, ORDER_DROPPED, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 5, ORDER_UNSURE, 0), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 5, ORDER_DONE, 0), COMMIT_DONE);
    scene_end(&s);
}

TEST(an_attempt_is_begun_once)
{
    struct scene s = scene_new();

    EXPECT_EQ(begin_order(&s, 1, 1), COMMIT_DONE);
    EXPECT_EQ(begin_order(&s, 1, 1), COMMIT_LOST);
    EXPECT_EQ(begin_order(&s, 1, 2), COMMIT_DONE);
    EXPECT_EQ(begin_order(&s, 1, 2), COMMIT_LOST);
    EXPECT_EQ(begin_order(&s, 1, 1), COMMIT_LOST);
    EXPECT_EQ(put_attempt(&s, 1, 1), COMMIT_LOST);
    EXPECT_EQ(put_attempt(&s, 1, 2), COMMIT_DONE);
    scene_end(&s);
}

TEST(only_open_orders_are_due)
{
    struct scene s = scene_new();
    struct due *due;
    size_t count;
    int64_t next;

    EXPECT_EQ(put_order(&s, 1, ORDER_DONE, 100), COMMIT_DONE);
    EXPECT_EQ(put_order(&s, 2, ORDER_OPEN, 100), COMMIT_DONE);
    REQUIRE(store_due(s.store, 200, 10, NULL, NULL, s.arena, &due, &count, &next));
    REQUIRE(count == 1);
    EXPECT_EQ(due[0].order[0], 2);
    EXPECT_EQ(put_order(&s, 2, ORDER_REJECTED, 100), COMMIT_DONE);
    REQUIRE(store_due(s.store, 200, 10, NULL, NULL, s.arena, &due, &count, &next));
    EXPECT_EQ(count, 0);
    scene_end(&s);
}

/* ---- listing --------------------------------------------------------------------------------------------- */

struct listing {
    char text[256];
    int rows, enough;
    struct store *meanwhile;            /* a step is appended through it at the first row */
};

static bool note_transaction(void *context, const struct step *last, uint32_t steps, const struct certificate *issued)
{
    struct listing *l = context;
    size_t used = strlen(l->text);

    if (l->rows < 5) {
        snprintf(l->text + used, sizeof l->text - used, "%.*s:%u:%s ", (int)last->transactionID.len,
                 last->transactionID.octets, (unsigned)steps, issued != NULL ? "certificate" : "none");
    }
    if (l->meanwhile != NULL && l->rows == 0) {
        EXPECT_EQ(apply_and_free(l->meanwhile, change_step("first", 2)), COMMIT_DONE);
    }
    return ++l->rows != l->enough;
}

TEST(transactions_are_listed_newest_first_with_their_certificates)
{
    struct scene s = scene_new();
    struct listing l = { .text = "" };
    struct change *c = change_step("old", 1);

    change_certificate(c, 7, "CA", span_of("\1"));
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "middle", 1, 0), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "new", 1, 0), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "old", 2, 0), COMMIT_DONE);
    EXPECT(store_each_transaction(s.store, note_transaction, &l));
    EXPECT_STR(l.text, "old:2:certificate new:1:none middle:1:none ");
    scene_end(&s);
}

TEST(a_listing_ends_when_the_listener_has_enough)
{
    struct scene s = scene_new();
    struct listing l = { .enough = 1 };

    EXPECT_EQ(apply_step(&s, "a", 1, 0), COMMIT_DONE);
    EXPECT_EQ(apply_step(&s, "b", 1, 0), COMMIT_DONE);
    EXPECT(store_each_transaction(s.store, note_transaction, &l));
    EXPECT_STR(l.text, "b:1:none ");
    scene_end(&s);
}

TEST(a_long_listing_shows_each_transaction_once_though_more_comes_meanwhile)
{
    struct scene s = scene_new();
    struct listing l = { .text = "", .meanwhile = s.store };
    enum { MANY = 200 };

    EXPECT_EQ(apply_step(&s, "first", 1, 0), COMMIT_DONE);
    for (int i = 1; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        EXPECT_EQ(apply_step(&s, name, 1, 0), COMMIT_DONE);
    }
    EXPECT(store_each_transaction(s.store, note_transaction, &l));
    EXPECT_EQ(l.rows, MANY);
    l = (struct listing){ .text = "" };
    EXPECT(store_each_transaction(s.store, note_transaction, &l));
    EXPECT_EQ(l.rows, MANY);
    EXPECT_HAS(l.text, "first:2:none ");
    scene_end(&s);
}

/* ---- damage ---------------------------------------------------------------------------------------------- */

TEST(an_identifier_that_is_too_long_is_not_found)
{
    struct scene s = scene_new();
    uint8_t longer[STORE_ID_MAX + 1] = { 1 };
    struct secret *found = NULL;

    EXPECT(store_secret(s.store, (struct span){ longer, sizeof longer }, s.arena, &found));
    EXPECT(found == NULL);
    scene_end(&s);
}
