#pragma once
#include <curl/curl.h>

/*
 * libcurl, loaded when it is first needed, behind functions with types: `curl_easy_setopt` and its
 * like take anything, which Swift can't call. Nothing is linked with libcurl
 * (docs/decisions/0019-outbound.md). Every function but `signet_curl_load` needs a load that succeeded.
 */

/* Loads `library`, for good. Any thread may call it, again and again. Returns 0; or another number, and then
   `reason` has up to `reasonBytes` bytes of text with its end. */
int signet_curl_load(const char *library, char *reason, size_t reasonBytes);

/* NULL without memory. */
CURLM *signet_curl_multi_new(void);
/* Sets the callbacks, which are given `context`. */
void signet_curl_multi_watch(
    CURLM *multi, curl_socket_callback socketChanged, curl_multi_timer_callback timerChanged,
    void *context);
void signet_curl_multi_free(CURLM *multi);
CURLMcode signet_curl_multi_add(CURLM *multi, CURL *easy);
CURLMcode signet_curl_multi_remove(CURLM *multi, CURL *easy);
/* Tells what happened on a socket: CURL_CSELECT_IN, _OUT, _ERR; or, for CURL_SOCKET_TIMEOUT, that the time
   has come. */
CURLMcode signet_curl_multi_act(CURLM *multi, curl_socket_t socket, int events);
/* Has the socket callback be given `pointer` for this socket. */
CURLMcode signet_curl_multi_assign(CURLM *multi, curl_socket_t socket, void *pointer);
/* The next transfer that has ended, and how; NULL when there is none. */
CURL *signet_curl_multi_take_ended(CURLM *multi, CURLcode *result);

CURL *signet_curl_new(void);
void signet_curl_free(CURL *easy);
CURLcode signet_curl_set_number(CURL *easy, CURLoption option, long value);
/* libcurl copies the text. */
CURLcode signet_curl_set_text(CURL *easy, CURLoption option, const char *text);
CURLcode signet_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *list);
/* `CURLINFO_PRIVATE`, which `signet_curl_context` returns. */
CURLcode signet_curl_set_context(CURL *easy, void *context);
CURLcode signet_curl_set_writer(CURL *easy, curl_write_callback write, void *context);
CURLcode signet_curl_set_reader(
    CURL *easy, curl_read_callback read, void *context, curl_off_t bytes);
/* At least CURL_ERROR_SIZE bytes, which stay where they are until the handle is freed. */
CURLcode signet_curl_set_error_text(CURL *easy, char *text);
/* Copies `bytes` as the body of a POST. */
CURLcode signet_curl_set_post_body(CURL *easy, const void *bytes, curl_off_t count);

void *signet_curl_context(CURL *easy);
/* The last status of HTTP or SMTP; 0 when there was none. */
long signet_curl_status(CURL *easy);
/* A field of the answer; NULL when it has none. Valid until the handle is used again. */
const char *signet_curl_field(CURL *easy, const char *name);
/* Where the answer redirects to, as an absolute URL; NULL when it does not. Valid as `signet_curl_field`. */
const char *signet_curl_redirection(CURL *easy);
const char *signet_curl_text(CURLcode code);

struct curl_slist *signet_curl_list_append(struct curl_slist *list, const char *text);
void signet_curl_list_free(struct curl_slist *list);
