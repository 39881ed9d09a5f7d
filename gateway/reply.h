/* What is said in answer to a message: at once where nothing changes, otherwise as bytes that are
 * committed first.
 */
#ifndef REPLY_H
#define REPLY_H
#include "gateway/task.h"

/* Answers with t->refusal; changes nothing. */
void reply_refusal(struct task *);
/* The transport is to say "not now". */
void reply_unavailable(struct task *, const char *reason);
/* Says what the move says, where the move has no step. */
void reply_at_once(struct task *);
/* `message` is what step *s has said, or says in other words. */
void reply_again(struct task *, const struct step *s, struct span message);
/* The step with the stored reply to the message with this digest; NULL: none. */
const struct step *reply_step(const struct task *, const uint8_t digest[STORE_DIGEST]);
/* The stored reply to the message at hand. */
void reply_repeat(struct task *);
/* The bytes of the reply that goes with the move's step; absent: none, or it cannot be made. */
struct span reply_make(struct task *, struct respond *);
/* Whether there is one. */
bool reply_is_stored(const struct task *);
/* Whether the certConf that waits was a conf, which is not answered. */
bool reply_is_silent(const struct task *);
/* The polling reference that was given out for the order at stake; 0: none. */
uint32_t reply_reference(const struct task *);
/* Seconds until whoever waits should ask again. */
uint32_t reply_check_after(const struct task *);
/* Whether the opening request has an answer that can be given again. */
bool reply_is_answered(const struct task *);

#endif
