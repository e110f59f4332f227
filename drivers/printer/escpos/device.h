/* Inside the driver: one printer's state, and what its files call of each other. */
#pragma once

#include "drivers/driver.h"
#include "drivers/printer/escpos/protocol.h"

enum {
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
	ESCPOS_QUIET_US = 3 * 1000 * 1000, /* without headway: its port is asked */
	ESCPOS_PORT_US = 2 * 1000 * 1000,  /* how often then, and while the port tells of trouble */
	ESCPOS_CANCEL_US = 2 * 1000 * 1000,
	ESCPOS_CONTROL_US = 20 * 1000 * 1000, /* a repair; the transport has its own limits */
	ESCPOS_BUSY_US = 100 * 1000,	      /* another question is out */
	ESCPOS_REST_US = 60 * 1000 * 1000,    /* between two climbs that did not help */
	ESCPOS_WHOLE_US = 10 * 1000 * 1000, /* a ticket is on paper so long behind its last byte */
	ESCPOS_RESUME_US = 1 * 1000 * 1000, /* some recover by themselves when the cover closes */
};

/* What its answers are worth. */
enum escpos_standing {
	ESCPOS_UNASKED = 0,
	ESCPOS_ANSWERS,
	ESCPOS_BLIND,  /* has never answered on this link, or is one-way */
	ESCPOS_SILENT, /* has answered, and stopped */
	ESCPOS_WRONG,  /* answers something else */
};

enum escpos_out { ESCPOS_OUT_NONE = 0, ESCPOS_OUT_QUESTION, ESCPOS_OUT_JOB, ESCPOS_OUT_SWEEP };

/* What USB's GET_PORT_STATUS tells of the printer, in the order in which it is believed. */
enum escpos_trouble {
	ESCPOS_NO_TROUBLE = 0,
	ESCPOS_PORT_PAPER,
	ESCPOS_PORT_ERROR,
	ESCPOS_PORT_OFFLINE,
};

struct escpos_port {
	bool none;    /* this link has no such status, or the printer does not give it */
	bool ignored; /* by its setting */
	bool asking;
	bool seen_good; /* on this link: from then on all bad words are believed */
	bool lies;	/* it told of trouble while the printer's own answers did not */
	bool known;
	uint8_t value;
	int64_t asked_us;
};

/* The ladder: each rung only when the one before did not help. */
enum escpos_rung {
	ESCPOS_RUNG_NONE = 0,
	ESCPOS_RUNG_CLEAR_HALT,
	ESCPOS_RUNG_SOFT_RESET,
	ESCPOS_RUNG_DEVICE_RESET,
	ESCPOS_RUNG_REOPEN,
};

struct escpos_recovery {
	enum escpos_rung rung;
	enum {
		ESCPOS_RECOVER_IDLE = 0,
		ESCPOS_RECOVER_CANCEL,	/* until the send that was out has ended */
		ESCPOS_RECOVER_BUSY,	/* until another question has its answer */
		ESCPOS_RECOVER_CONTROL, /* the repair is out */
		ESCPOS_RECOVER_SWEEP,	/* what is left of a torn job is swept out */
		ESCPOS_RECOVER_ASK,	/* does it answer now? */
		ESCPOS_RECOVER_REST,	/* nothing helped: not again at once */
	} phase;
	enum { ESCPOS_SWEEP_HEAD = 0, ESCPOS_SWEEP_FILL, ESCPOS_SWEEP_TAIL, ESCPOS_SWEPT } step;
	size_t torn;	 /* bytes of the last job that the printer may still wait for */
	size_t fill;	 /* of them: not swept yet */
	int64_t sent_us; /* when that job was sent, without proof; 0: it was cut off */
	bool whole;	 /* it had its time: its rest is swept, but nothing is cut off */
	bool stuck;	 /* the sweep is not taken */
	bool reopening;
	int64_t rest_until_us;
	int64_t due_us;
};

/* A jam or another error that a person ends and the printer has to be told of. */
struct escpos_jam {
	bool standing;	/* it has such an error */
	bool touched;	/* and since then cover or paper were seen to */
	bool told;	/* and it was told to go on, since then */
	int64_t due_us; /* when to tell it */
};

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
	bool blind;	    /* nothing will be answered */
	bool proof;	    /* it carries a trailer, whose answer proves it */
	bool asks_id;
	uint8_t name[ESCPOS_ID_LEN];
	struct escpos_losses losses;
	int64_t quiet_us;   /* since when nothing went on */
	int64_t headway_us; /* the same, held or not */
	bool stuck;	    /* blind, and it takes no data */
	bool printed, processed;
	int64_t grace_us;  /* if processed */
	bool reply_passed; /* a GS r reply was taken for an older job's */
};

struct device {
	const struct driver_host *host;
	void *user;
	struct device_model model; /* with what its settings say otherwise */
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
	struct escpos_port port;
	struct escpos_recovery recovery;
	struct escpos_jam jam;

	bool id_answered;
	unsigned id_misses;
	unsigned owed; /* GS r replies of ended jobs that may still come */
	int64_t owed_until_us;

	enum device_health health; /* as told */
	uint32_t conditions;	   /* likewise */
	char detail[DEVICE_DETAIL_SIZE];
	int64_t deadline_us; /* as told */
};

/* settings.c. What the configuration says otherwise than the row: "key=value" with the keys and
 * words of models.conf. -EINVAL with a sentence, the model may then have been changed in part. */
__attribute__((warn_unused_result)) int escpos_apply_settings(struct device_model *model,
							      const char *const *given,
							      size_t count, const char *name,
							      char *ret_error, size_t error_size);

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

/* port.c */
void escpos_port_start(struct device *device, int64_t now_us); /* the link came up */
void escpos_port_answer(struct device *device, int status, const uint8_t *bytes, size_t len);
/* What its port tells, where that counts: of a printer that tells nothing itself, or makes no
 * headway. */
enum escpos_trouble escpos_port_trouble(const struct device *device);
int64_t escpos_port_deadline(const struct device *device);
void escpos_port_tick(struct device *device, int64_t now_us);

/* recover.c */
/* A transfer failed, or was not taken and no reason is given. Its job has been ended before. May
 * close the link: last in a call. */
void escpos_recover(struct device *device, int64_t now_us);
/* The link came up: a torn job's rest is swept out first. Whether there is one. */
bool escpos_recover_sweeps(struct device *device, int64_t now_us);
bool escpos_is_recovering(const struct device *device);
void escpos_recover_sent(struct device *device, int status, int64_t now_us);
void escpos_recover_controlled(struct device *device, enum device_control what, int status,
			       int64_t now_us);
/* The round of questions after a repair: answered, or given up. */
void escpos_recover_asked(struct device *device, bool answered, int64_t now_us);
void escpos_recover_link_down(struct device *device, int64_t now_us);
/* Its status is another: has somebody seen to an error? */
void escpos_jam_look(struct device *device, int64_t now_us);
/* Somebody has, and still it waits. */
bool escpos_jam_is_seen_to(const struct device *device);
int64_t escpos_recover_deadline(const struct device *device);
void escpos_recover_tick(struct device *device, int64_t now_us);

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
