/* Inside the driver: one printer's state, and what api.c, ask.c and job.c call of each other. */
#pragma once

#include "drivers/driver.h"
#include "drivers/printer/escpos/protocol.h"

enum {
	ESCPOS_MODELS = 4,
	ESCPOS_CHUNK = 4096, /* of one send */
	ESCPOS_DRAIN_US = 100 * 1000,
	ESCPOS_REPLY_US = 500 * 1000,
	ESCPOS_TRIES = 3,
	ESCPOS_POLL_US = 10 * 1000 * 1000,    /* between rounds of questions when idle */
	ESCPOS_JOB_POLL_US = 2 * 1000 * 1000, /* while a job waits for its proof */
	ESCPOS_STUCK_US = 30 * 1000 * 1000,
	ESCPOS_GRACE_US = 3 * 1000 * 1000,	 /* GS r came: how long GS ( H may still take */
	ESCPOS_LONG_GRACE_US = 10 * 1000 * 1000, /* the same on a printer known to answer it */
	ESCPOS_OWED_US = 3 * 1000 * 1000,
	ESCPOS_ID_MISSES = 2,	    /* tickets without GS ( H until it is not sent any more */
	ESCPOS_NOISE_MAX = 32,	    /* unasked answers and foreign bytes in one round */
	ESCPOS_NOISE_PROOF_MAX = 2, /* behind more, a one-byte reply proves nothing */
};

/* What its answers are worth. */
enum escpos_standing {
	ESCPOS_UNASKED = 0,
	ESCPOS_ANSWERS,
	ESCPOS_BLIND,  /* has never answered on this link, or is one-way */
	ESCPOS_SILENT, /* has answered, and stopped */
	ESCPOS_WRONG,  /* answers something else */
};

enum escpos_out { ESCPOS_OUT_NONE = 0, ESCPOS_OUT_QUESTION, ESCPOS_OUT_JOB };

struct escpos_ask {
	enum { ESCPOS_ASK_IDLE = 0, ESCPOS_ASK_DRAIN, ESCPOS_ASK_REPLY } phase;
	unsigned number; /* the question that waits for its reply */
	unsigned open;	 /* questions without a reply yet; one may be of an abandoned round */
	unsigned tries;
	bool unsent;	 /* it waits for the link */
	int64_t due_us;	 /* unless idle */
	int64_t poll_us; /* when idle: the next round */
};

struct escpos_job {
	enum { ESCPOS_JOB_NONE = 0, ESCPOS_JOB_SENDING, ESCPOS_JOB_WAITING } phase;
	int64_t id;
	uint8_t *bytes;
	size_t len, handed; /* handed: given to the link */
	bool blind;	    /* carries no trailer, no proof will come */
	bool asks_id;
	uint8_t name[ESCPOS_ID_LEN];
	struct escpos_losses losses;
	int64_t quiet_us; /* since when nothing went on */
	bool stuck;	  /* blind, and it takes no data */
	bool printed, processed;
	int64_t grace_us;  /* if processed */
	bool reply_passed; /* a GS r reply was taken for an older job's */
};

struct device {
	const struct driver_host *host;
	void *user;
	const struct device_model *model;
	struct escpos_paper paper;

	bool up;
	enum escpos_standing standing;
	bool ever_answered; /* on this link */
	bool armed;	    /* automatic status is on */
	struct escpos_status status;
	struct escpos_sorter sorter;
	uint32_t noise;
	int64_t heard_us;
	enum escpos_out out; /* whose bytes the link has now */
	struct escpos_ask ask;
	struct escpos_job job;

	bool id_answered;
	unsigned id_misses;
	unsigned owed; /* GS r replies of ended jobs that may still come */
	int64_t owed_until_us;

	enum device_health health; /* as told */
	uint32_t conditions;	   /* likewise */
	char detail[DEVICE_DETAIL_SIZE];
	int64_t deadline_us; /* as told */
};

extern const struct device_model escpos_models[ESCPOS_MODELS];

/* api.c. Why nothing can be printed now, by its status; NULL: nothing is in the way. */
const char *escpos_obstacle(const struct device *device);
bool escpos_is_ready(const struct device *device);
/* Tells what is new: health, deadline. Last in every call from outside. */
void escpos_settle(struct device *device);

/* ask.c */
void escpos_ask_start(struct device *device, int64_t now_us); /* the link came up */
void escpos_ask_stop(struct device *device, int64_t poll_us);
void escpos_ask_again(struct device *device, int64_t now_us); /* all that was known is doubted */
void escpos_ask_realtime(struct device *device, uint8_t reply, int64_t now_us);
void escpos_ask_sent(struct device *device, int64_t now_us);
void escpos_ask_noise(struct device *device, uint32_t count, int64_t now_us);
int64_t escpos_ask_deadline(const struct device *device);
void escpos_ask_tick(struct device *device, int64_t now_us);

/* job.c */
__attribute__((warn_unused_result)) int
escpos_job_submit(struct device *device, const struct print_job *print, int64_t now_us);
void escpos_job_sent(struct device *device, int status, int64_t now_us);
void escpos_job_progress(struct device *device, int64_t now_us);
void escpos_job_queued(struct device *device, int64_t now_us);
void escpos_job_block(struct device *device, const struct escpos_answer *answer, int64_t now_us);
/* Gives the first bytes to the link if it is free. */
void escpos_job_go_on(struct device *device, int64_t now_us);
void escpos_job_link_down(struct device *device, int64_t now_us);
/* A person must act first; no deadline runs. */
bool escpos_job_is_held(const struct device *device);
/* It was held until now or still is: it gets all its time again. */
void escpos_job_was_held(struct device *device, int64_t now_us);
int64_t escpos_job_deadline(const struct device *device);
void escpos_job_tick(struct device *device, int64_t now_us);
