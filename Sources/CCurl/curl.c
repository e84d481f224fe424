#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

/* Every function that is called, by its name without `curl_`. */
#define FUNCTIONS(each) \
    each(global_init) \
    each(version_info) \
    each(multi_init) \
    each(multi_cleanup) \
    each(multi_setopt) \
    each(multi_add_handle) \
    each(multi_remove_handle) \
    each(multi_socket_action) \
    each(multi_assign) \
    each(multi_info_read) \
    each(easy_init) \
    each(easy_cleanup) \
    each(easy_setopt) \
    each(easy_getinfo) \
    each(easy_header) \
    each(easy_strerror) \
    each(slist_append) \
    each(slist_free_all)

/* curl.h wraps some of them in macros that check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define POINTER(name) __typeof__(&curl_##name) name;
static struct {
    FUNCTIONS(POINTER)
} curl;

/* Guards `curl` and `isLoaded` while it is loaded; from then on neither changes. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static int isLoaded = 0;

/* 7.87.0: what CURLOPT_QUICK_EXIT came with. */
static const unsigned oldestVersion = 0x075700;

static int fill(const char *library, char *reason, size_t reasonBytes) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(reason, reasonBytes, "%s", dlerror());
        return 1;
    }
#define LOOK_UP(name) \
    *(void **)&curl.name = dlsym(handle, "curl_" #name); \
    if (curl.name == NULL) { \
        snprintf(reason, reasonBytes, "%s is older than 7.87.0", library); \
        return 1; \
    }
    FUNCTIONS(LOOK_UP)
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(reason, reasonBytes, "%s could not be set up", library);
        return 1;
    }
    const curl_version_info_data *version = curl.version_info(CURLVERSION_NOW);
    if (version->version_num < oldestVersion) {
        snprintf(reason, reasonBytes, "%s is older than 7.87.0", library);
        return 1;
    }
    /* Without it a name would be looked up on the loop, for as long as that takes. */
    if ((version->features & CURL_VERSION_ASYNCHDNS) == 0) {
        snprintf(reason, reasonBytes, "%s looks names up without a thread", library);
        return 1;
    }
    if ((version->features & CURL_VERSION_SSL) == 0) {
        snprintf(reason, reasonBytes, "%s has no TLS", library);
        return 1;
    }
    return 0;
}

int signet_curl_load(const char *library, char *reason, size_t reasonBytes) {
    pthread_mutex_lock(&loading);
    int status = isLoaded ? 0 : fill(library, reason, reasonBytes);
    if (status == 0) isLoaded = 1;
    pthread_mutex_unlock(&loading);
    return status;
}

CURLM *signet_curl_multi_new(void) { return curl.multi_init(); }

void signet_curl_multi_watch(
    CURLM *multi, curl_socket_callback socketChanged, curl_multi_timer_callback timerChanged,
    void *context) {
    curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socketChanged);
    curl.multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timerChanged);
    curl.multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

void signet_curl_multi_free(CURLM *multi) { curl.multi_cleanup(multi); }

CURLMcode signet_curl_multi_add(CURLM *multi, CURL *easy) {
    return curl.multi_add_handle(multi, easy);
}

CURLMcode signet_curl_multi_remove(CURLM *multi, CURL *easy) {
    return curl.multi_remove_handle(multi, easy);
}

CURLMcode signet_curl_multi_act(CURLM *multi, curl_socket_t socket, int events) {
    int running = 0;
    return curl.multi_socket_action(multi, socket, events, &running);
}

CURLMcode signet_curl_multi_assign(CURLM *multi, curl_socket_t socket, void *pointer) {
    return curl.multi_assign(multi, socket, pointer);
}

CURL *signet_curl_multi_take_ended(CURLM *multi, CURLcode *result) {
    int left = 0;
    const CURLMsg *message;
    while ((message = curl.multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

CURL *signet_curl_new(void) { return curl.easy_init(); }

void signet_curl_free(CURL *easy) { curl.easy_cleanup(easy); }

CURLcode signet_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl.easy_setopt(easy, option, value);
}

CURLcode signet_curl_set_text(CURL *easy, CURLoption option, const char *text) {
    return curl.easy_setopt(easy, option, text);
}

CURLcode signet_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return curl.easy_setopt(easy, option, list);
}

CURLcode signet_curl_set_context(CURL *easy, void *context) {
    return curl.easy_setopt(easy, CURLOPT_PRIVATE, context);
}

CURLcode signet_curl_set_writer(CURL *easy, curl_write_callback write, void *context) {
    CURLcode code = curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    return code != CURLE_OK ? code : curl.easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

CURLcode signet_curl_set_reader(
    CURL *easy, curl_read_callback read, void *context, curl_off_t bytes) {
    CURLcode code = curl.easy_setopt(easy, CURLOPT_READFUNCTION, read);
    if (code == CURLE_OK) code = curl.easy_setopt(easy, CURLOPT_READDATA, context);
    if (code == CURLE_OK) code = curl.easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    return code != CURLE_OK ? code : curl.easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, bytes);
}

CURLcode signet_curl_set_error_text(CURL *easy, char *text) {
    return curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, text);
}

CURLcode signet_curl_set_post_body(CURL *easy, const void *bytes, curl_off_t count) {
    CURLcode code = curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return code != CURLE_OK ? code : curl.easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

void *signet_curl_context(CURL *easy) {
    char *context = NULL;
    curl.easy_getinfo(easy, CURLINFO_PRIVATE, &context);
    return context;
}

long signet_curl_status(CURL *easy) {
    long status = 0;
    curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

const char *signet_curl_field(CURL *easy, const char *name) {
    struct curl_header *field = NULL;
    return curl.easy_header(easy, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK
        ? field->value : NULL;
}

const char *signet_curl_redirection(CURL *easy) {
    char *url = NULL;
    curl.easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url);
    return url;
}

const char *signet_curl_text(CURLcode code) { return curl.easy_strerror(code); }

struct curl_slist *signet_curl_list_append(struct curl_slist *list, const char *text) {
    return curl.slist_append(list, text);
}

void signet_curl_list_free(struct curl_slist *list) { curl.slist_free_all(list); }
