/*
** candidates_test.c: losses over candidates against their naive twin: cross-entropy, sampled and full, hard negatives,
** binary; masked hits, biases, tiles that do not come out even.
*/
#include "levels.h"

#include "kernels/ref.h"

enum { SAMPLED, HITS, BIASES, HARD, HARD_BIASES, BINARY, FULL, FULL_BIAS, FORMS };

typedef struct {
  eimf_ce s;
  float *u, *pos, *c, *pos_bias, *bias, *g, *loss, *p, *stat, *scratch, *du, *dpos, *dc;
  int32_t *ids, *target;
} problem;

static problem make (int form, int64_t B, int64_t S, int64_t D) {
  problem q = { .s = { .B = B, .S = S, .D = D, .threads = 2 } };
  const int full = form >= FULL, biases = form == BIASES || form == HARD_BIASES;
  q.s.u = q.u = filled(B * D, 1);
  q.s.c = q.c = filled(S * D, 2);
  q.pos = filled(B * D, 3);
  q.pos_bias = filled(B, 4);
  q.bias = filled(S, 5);
  q.g = filled(B, 6);
  q.ids = some_ids(S, 1, (int32_t)(2 * S), 7);
  q.target = full ? some_ids(B, 0, (int32_t)S - 1, 8) : some_ids(B, 1, (int32_t)(2 * S), 8);
  if (!full) q.s.pos = q.pos;
  if (biases) q.s.pos_bias = q.pos_bias;
  if (biases || form == FULL_BIAS) q.s.bias = q.bias;
  if (form != SAMPLED && !full) q.s.ids = q.ids;
  if (form != SAMPLED) q.s.target = q.target;
  if (form == HARD || form == HARD_BIASES) q.s.form = EIMF_CE_HARD;
  if (form == BINARY) q.s.form = EIMF_CE_BINARY;
  q.s.beta = 0.7f;
  eimf_ce_plan(&q.s);
  q.loss = guard_new((size_t)B);
  q.p = guard_new((size_t)(B * q.s.ld));
  q.stat = guard_new((size_t)(B * (q.s.tiles + 1)));
  q.scratch = guard_new((size_t)eimf_ce_scratch(&q.s));
  q.du = filled(B * D, 9);
  q.dpos = filled(B * D, 10);
  q.dc = filled(S * D, 11);
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.u);
  GUARD_DONE(q.c);
  GUARD_DONE(q.pos);
  GUARD_DONE(q.pos_bias);
  GUARD_DONE(q.bias);
  GUARD_DONE(q.g);
  GUARD_DONE(q.ids);
  GUARD_DONE(q.target);
  GUARD_DONE(q.loss);
  GUARD_DONE(q.p);
  GUARD_DONE(q.stat);
  GUARD_DONE(q.scratch);
  GUARD_DONE(q.du);
  GUARD_DONE(q.dpos);
  GUARD_DONE(q.dc);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_ce_fwd(q->loss, q->p, q->stat, &q->s, q->scratch);
}


static void backward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_ce_bwd(q->du, q->s.pos ? q->dpos : NULL, q->dc, 1, q->g, q->p, q->stat, &q->s, q->scratch);
}


static void compare (problem q) {
  const int64_t B = q.s.B, S = q.s.S, D = q.s.D;
  float *loss = guard_new((size_t)B), *du = copied(q.du, B * D), *dpos = copied(q.dpos, B * D);
  float *dc = copied(q.dc, S * D);
  /* p has columns that nobody writes */
  spans out = { { q.loss, (size_t)B } };
  spans grad = { { q.du, (size_t)(B * D) }, { q.dpos, (size_t)(B * D) }, { q.dc, (size_t)(S * D) } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_ce_fwd(loss, &q.s);
  ref_ce_bwd(du, q.s.pos ? dpos : NULL, dc, q.g, &q.s);
  CHECK_CLOSE(q.loss, loss, B, 5e-6);
  CHECK_CLOSE(q.du, du, B * D, 1e-5);
  CHECK_CLOSE(q.dpos, dpos, B * D, 1e-5);
  CHECK_CLOSE(q.dc, dc, S * D, 1e-5);
  GUARD_DONE(loss);
  GUARD_DONE(du);
  GUARD_DONE(dpos);
  GUARD_DONE(dc);
  done(q);
}


static void every_form (void) {
  static const int64_t sizes[][3] = {              /* B, S, D */
    { 0, 5, 16 }, { 1, 1, 1 }, { 1, 33, 3 }, { 3, 31, 16 }, { 5, 32, 50 }, { 13, 100, 64 }, { 2, 300, 64 },
    { 17, 257, 3 }
  };
  for (int i = 0; i < 8; i++)
    for (int form = 0; form < FORMS; form++) compare(make(form, sizes[i][0], sizes[i][1], sizes[i][2]));
}


static void many_tiles (void) {
  for (int form = 0; form < FORMS; form++) compare(make(form, 150, 1111, 17));
}


/* A candidate of minus infinity has no share: row 0 of an item table. */
static void a_candidate_ruled_out (void) {
  problem q = make(FULL_BIAS, 6, 40, 16);
  for (int b = 0; b < 6; b++) q.target[b] = 1 + q.target[b] % 39;
  q.bias[0] = -INFINITY;
  memset(q.dc, 0, 16 * sizeof(float));
  forward(&q);
  backward(&q);
  for (int d = 0; d < 16; d++) CHECK(q.dc[d] == 0);
  for (int b = 0; b < 6; b++) CHECK(isfinite(q.loss[b]));
  done(q);
  q = make(FULL_BIAS, 6, 40, 16);
  for (int b = 0; b < 6; b++) q.target[b] = 1 + q.target[b] % 39;
  q.bias[0] = -INFINITY;
  compare(q);
}


/* A weight of 0 leaves a candidate out however large its logit is. */
static void a_hard_candidate_ruled_out (void) {
  problem q = make(HARD_BIASES, 6, 40, 16);
  for (int i = 0; i < 3; i++) q.bias[7 * i] = -INFINITY;
  compare(q);
  q = make(HARD_BIASES, 2, 40, 16);
  float *loss = guard_new(2), *dc = copied(q.dc, 40 * 16);
  q.bias[3] = -INFINITY;
  for (int d = 0; d < 16; d++) q.c[3 * 16 + d] = 50 * q.u[d];
  forward(&q);
  backward(&q);
  ref_ce_fwd(loss, &q.s);
  CHECK_CLOSE(q.loss, loss, 2, 5e-6);
  CHECK(memcmp(dc + 3 * 16, q.dc + 3 * 16, 16 * sizeof *dc) == 0);
  GUARD_DONE(loss);
  GUARD_DONE(dc);
  done(q);
}


/* beta = 0: every logit weighs the same, and that is sampled softmax. */
static void hard_without_beta_is_softmax (void) {
  problem hard = make(HARD_BIASES, 13, 300, 16), soft = make(BIASES, 13, 300, 16);
  hard.s.beta = 0;
  forward(&hard);
  forward(&soft);
  backward(&hard);
  backward(&soft);
  CHECK_CLOSE(hard.loss, soft.loss, 13, 1e-6);
  CHECK_CLOSE(hard.du, soft.du, 13 * 16, 5e-6);
  CHECK_CLOSE(hard.dpos, soft.dpos, 13 * 16, 5e-6);
  CHECK_CLOSE(hard.dc, soft.dc, 300 * 16, 5e-6);
  done(hard);
  done(soft);
}


/* Every candidate is the target: the target is alone, its loss 0, no gradient. */
static void nothing_but (int form) {
  problem q = make(form, 3, 40, 16);
  for (int i = 0; i < 40; i++) q.ids[i] = 9;
  for (int b = 0; b < 3; b++) q.target[b] = 9;
  float *du = copied(q.du, 3 * 16), *dc = copied(q.dc, 40 * 16);
  forward(&q);
  backward(&q);
  for (int b = 0; b < 3; b++) CHECK(q.loss[b] == 0);
  CHECK(memcmp(du, q.du, 3 * 16 * sizeof *du) == 0);
  CHECK(memcmp(dc, q.dc, 40 * 16 * sizeof *dc) == 0);
  GUARD_DONE(du);
  GUARD_DONE(dc);
  done(q);
}


static void nothing_but_hits (void) {
  nothing_but(HITS);
  nothing_but(HARD);
}


/* Logits of hundreds do not overflow; NaN shows. */
static void large_and_odd (int form) {
  problem q = make(form, 2, 70, 16);
  for (int i = 0; i < 2 * 16; i++) q.u[i] *= 300;
  float *loss = guard_new(2);
  forward(&q);
  ref_ce_fwd(loss, &q.s);
  CHECK_CLOSE(q.loss, loss, 2, 5e-6);
  q.c[5] = NAN;
  forward(&q);
  CHECK(isnan(q.loss[0]) && isnan(q.loss[1]));
  GUARD_DONE(loss);
  done(q);
}


static void large_and_odd_numbers (void) {
  large_and_odd(SAMPLED);
  large_and_odd(HARD);
  large_and_odd(BINARY);
}


static void gradients_that_nobody_wants (void) {
  problem q = make(BIASES, 5, 100, 16);
  float *dc = copied(q.dc, 100 * 16), *du = copied(q.du, 5 * 16);
  forward(&q);
  eimf_ce_bwd(NULL, NULL, q.dc, 1, q.g, q.p, q.stat, &q.s, q.scratch);
  ref_ce_bwd(NULL, NULL, dc, q.g, &q.s);
  eimf_ce_bwd(q.du, NULL, NULL, 1, q.g, q.p, q.stat, &q.s, q.scratch);
  ref_ce_bwd(du, NULL, NULL, q.g, &q.s);
  CHECK_CLOSE(q.dc, dc, 100 * 16, 1e-5);
  CHECK_CLOSE(q.du, du, 5 * 16, 1e-5);
  GUARD_DONE(dc);
  GUARD_DONE(du);
  done(q);
}


/* Candidates' gradients that are written, whatever was there: what adding them to zeros gives. */
static void written_not_added (void) {
  for (int form = 0; form < FORMS; form++) {
    problem q = make(form, 13, 100, 16);
    float *dc = copied(q.dc, 100 * 16);
    memset(dc, 0, 100 * 16 * sizeof *dc);
    forward(&q);
    eimf_ce_bwd(NULL, NULL, dc, 1, q.g, q.p, q.stat, &q.s, q.scratch);
    eimf_ce_bwd(NULL, NULL, q.dc, 0, q.g, q.p, q.stat, &q.s, q.scratch);
    CHECK_CLOSE(q.dc, dc, 100 * 16, 0);
    GUARD_DONE(dc);
    done(q);
  }
}


int main (void) {
  RUN_LEVELS(written_not_added);
  RUN_LEVELS(every_form);
  RUN_LEVELS(many_tiles);
  RUN_LEVELS(a_candidate_ruled_out);
  RUN_LEVELS(a_hard_candidate_ruled_out);
  RUN_LEVELS(hard_without_beta_is_softmax);
  RUN_LEVELS(nothing_but_hits);
  RUN_LEVELS(large_and_odd_numbers);
  RUN_LEVELS(gradients_that_nobody_wants);
  return check_report("candidates");
}
