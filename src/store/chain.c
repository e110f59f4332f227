/* The hash chain and its key. docs/log-format.md gives every byte. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/store/private.h"

void store_say(char ret_error[STORE_ERROR_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, STORE_ERROR_SIZE, format, args);
	va_end(args);
}

/* BLAKE2b-256(key, previous | seq, 8 bytes | type, 4 | version, 4 | payload), integers
 * little-endian. */
void store_chain(const uint8_t key[STORE_KEY_SIZE], const uint8_t previous[STORE_HASH_SIZE],
		 const struct event *event, const char *payload, size_t len,
		 uint8_t ret_hash[STORE_HASH_SIZE])
{
	crypto_generichash_state state;
	uint8_t header[16];

	store_put_le(header, event->seq, 8);
	store_put_le(header + 8, (uint64_t)event->type, 4);
	store_put_le(header + 12, event->version, 4);
	crypto_generichash_init(&state, key, STORE_KEY_SIZE, STORE_HASH_SIZE);
	crypto_generichash_update(&state, previous, STORE_HASH_SIZE);
	crypto_generichash_update(&state, header, sizeof(header));
	crypto_generichash_update(&state, (const uint8_t *)payload, len);
	crypto_generichash_final(&state, ret_hash, STORE_HASH_SIZE);
}

/* BLAKE2b-128(key, "onewindow command" | hash | events, 4 bytes | body hash | id), the integer
 * little-endian; zeros and nothing where there is no command. */
void store_command_mac(const uint8_t key[STORE_KEY_SIZE], const uint8_t hash[STORE_HASH_SIZE],
		       const struct store_command *command, uint32_t events,
		       uint8_t ret_mac[STORE_MAC_SIZE])
{
	static const char what[] = "onewindow command";
	crypto_generichash_state state;
	uint8_t number[4];

	store_put_le(number, events, sizeof(number));
	crypto_generichash_init(&state, key, STORE_KEY_SIZE, STORE_MAC_SIZE);
	crypto_generichash_update(&state, (const uint8_t *)what, sizeof(what) - 1);
	crypto_generichash_update(&state, hash, STORE_HASH_SIZE);
	crypto_generichash_update(&state, number, sizeof(number));
	crypto_generichash_update(&state, command->body_hash, STORE_HASH_SIZE);
	crypto_generichash_update(&state, (const uint8_t *)command->id, strlen(command->id));
	crypto_generichash_final(&state, ret_mac, STORE_MAC_SIZE);
}

void store_key_check(const uint8_t key[STORE_KEY_SIZE], uint8_t ret_check[STORE_HASH_SIZE])
{
	static const char text[] = "onewindow key check";

	crypto_generichash(ret_check, STORE_HASH_SIZE, (const uint8_t *)text, sizeof(text) - 1, key,
			   STORE_KEY_SIZE);
}

void store_digest(const void *bytes, size_t len, uint8_t ret_hash[STORE_HASH_SIZE])
{
	crypto_generichash(ret_hash, STORE_HASH_SIZE, bytes, len, NULL, 0);
}

/* Whole under its name, or not at all: half a key beside an empty log would shut everybody out. */
static int write_key(const char *path, uint8_t ret_key[STORE_KEY_SIZE],
		     char ret_error[STORE_ERROR_SIZE])
{
	char text[STORE_KEY_SIZE * 2 + 2], part[STORE_PATH_SIZE];
	bool written;
	int fd, r;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	unlink(part); /* of a process that was killed here */
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	randombytes_buf(ret_key, STORE_KEY_SIZE);
	sodium_bin2hex(text, sizeof(text), ret_key, STORE_KEY_SIZE);
	text[STORE_KEY_SIZE * 2] = '\n';
	written = write(fd, text, STORE_KEY_SIZE * 2 + 1) == STORE_KEY_SIZE * 2 + 1;
	close(fd);
	r = written ? store_publish(part, path, ret_error) : -EIO;
	unlink(part);
	return r;
}

static int read_key(const char *path, uint8_t ret_key[STORE_KEY_SIZE])
{
	char text[STORE_KEY_SIZE * 2 + 2] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < STORE_KEY_SIZE * 2 ||
	    sodium_hex2bin(ret_key, STORE_KEY_SIZE, text, STORE_KEY_SIZE * 2, NULL, &len, NULL) <
		    0 ||
	    len != STORE_KEY_SIZE)
		return -EINVAL;
	return 0;
}

int store_key_load(const char *path, const char *key_path, bool create,
		   uint8_t ret_key[STORE_KEY_SIZE], char ret_error[STORE_ERROR_SIZE])
{
	char own[STORE_PATH_SIZE];
	int r;

	if (!key_path) {
		snprintf(own, sizeof(own), "%s.key", path);
		key_path = own;
	}
	r = read_key(key_path, ret_key);
	if (r == -ENOENT && create) {
		r = write_key(key_path, ret_key, ret_error);
		if (r < 0)
			store_say(ret_error, "cannot write the key %s: %s", key_path, strerror(-r));
		return r;
	}
	if (r == -ENOENT)
		store_say(ret_error,
			  "the log's key %s is missing; put it back from where you keep its copy",
			  key_path);
	else if (r == -EINVAL)
		store_say(ret_error, "%s holds no key: 64 hex digits are expected", key_path);
	else if (r < 0)
		store_say(ret_error, "cannot read the key %s: %s", key_path, strerror(-r));
	return r == -ENOENT || r == -EINVAL ? -ENOKEY : r;
}
