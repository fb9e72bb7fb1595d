"""What a client developer who knows the RFCs looks for, and the tests that show it.

Rows that are not met, or not whole, stand with their reason in the record of decisions that `DECISION` names.
"""

from typing import NamedTuple

DECISION = "docs/decisions/0021-rows-of-the-rest-checklist-not-met.md"


class Row(NamedTuple):
    """One thing to look for, in a few words, and the tests that show it."""

    wording: str
    tests: tuple[str, ...] = ()


def _row(wording: str, *tests: str) -> Row:
    return Row(wording, tuple(f"tests/{test}" for test in tests))


ROWS = {
    # Methods and statuses
    "A1": _row(
        "405 names the methods that are allowed, truthfully",
        "rest/test_every_address.py::test_a_method_is_refused_with_405_exactly_if_allow_does_not_name_it",
    ),
    "A2": _row(
        "a method that nobody knows is 501",
        "rest/test_every_address.py::test_a_method_that_nobody_knows_is_not_implemented",
    ),
    "A3": _row(
        "HEAD is GET without content", "chassis/test_views.py::test_a_head_is_answered_like_a_get_without_its_body"
    ),
    "A4": _row(
        "401 asks who one is, with a challenge; 403 says that one may not",
        "rest/test_every_address.py::test_whoever_does_not_say_who_they_are_is_asked_how_they_could",
        "rest/test_every_address.py::test_whoever_is_known_is_never_told_to_say_who_they_are",
        "rest/test_every_address.py::test_a_person_without_the_scope_is_forbidden_what_needs_one",
    ),
    "A5": _row(
        "the challenge says what is wrong with the token, or which scope is missing",
        "rest/test_every_address.py::test_a_token_that_is_no_good_is_refused_before_any_condition_is_looked_at",
        "rest/test_every_address.py::test_a_person_without_the_scope_is_forbidden_what_needs_one",
    ),
    "A6": _row(
        "201 says where the new thing is",
        "rest/test_created_things.py::test_what_was_created_is_where_its_location_says",
        "rest/test_created_things.py::test_an_order_is_where_its_location_says",
    ),
    "A7": _row(
        "PUT creates with 201 or not at all",
        "rest/test_created_things.py::test_replacing_what_is_not_there_makes_nothing",
    ),
    "A8": _row(
        "deleting twice is deleting once",
        "orders/test_catalogue.py::test_archiving_takes_a_product_off_sale_once",
    ),
    "A9": _row(
        "PATCH takes a merge patch and says so",
        "chassis/test_bodies.py::test_json_is_read_everywhere_and_a_merge_patch_where_something_is_patched",
        "chassis/test_bodies.py::test_options_tell_what_each_method_reads",
    ),
    "A10": _row(
        "415 for a type or an encoding that is not read, with those that are",
        "chassis/test_bodies.py::test_any_other_format_is_refused_with_those_that_work",
        "chassis/test_bodies.py::test_a_coded_body_is_refused_whether_or_not_it_is_coded",
    ),
    "A11": _row(
        "406 with what there is; q is honoured",
        "chassis/test_negotiation.py::test_a_refusal_lists_what_is_available_and_can_be_read",
        "chassis/test_negotiation.py::test_what_is_liked_best_is_chosen_and_among_equals_what_we_like_best",
        "chassis/test_negotiation.py::test_what_has_no_quality_is_never_chosen",
    ),
    "A12": _row(
        "413 for a body, 414 for an address that is too long",
        "chassis/test_views.py::test_a_body_may_have_a_mebibyte_and_no_more",
        "chassis/test_middleware.py::test_an_address_that_is_too_long_is_refused",
    ),
    "A13": _row(
        "400 for what is malformed, 422 for what the rules of the domain refuse",
        "chassis/test_views.py::test_a_body_that_cannot_be_read_is_a_problem",
        "orders/test_placing.py::test_what_cannot_be_sold_is_pointed_at_and_nothing_is_held",
    ),
    "A14": _row(
        "every path answers errors in one format",
        "chassis/test_views.py::test_an_address_that_nobody_claims_is_a_problem",
        "chassis/test_middleware.py::test_what_a_page_raises_is_a_problem",
        "chassis/test_middleware.py::test_a_host_that_is_not_ours_is_refused_before_anything_is_built_from_it",
        "deploy/test_gateway_requests.py::test_a_request_that_the_services_server_cannot_read_is_a_problem",
    ),
    "A15": _row(
        "no trace, SQL or file name in an error",
        "rest/test_every_address.py::test_no_refusal_tells_how_the_product_is_built",
        "chassis/test_views.py::test_a_crash_is_a_problem_that_tells_nothing_of_itself",
    ),
    "A16": _row(
        "no redirections on the way to a resource",
        "rest/test_every_address.py::test_nobody_is_redirected_to_another_spelling",
    ),
    "A17": _row(
        "what is not known is refused",
        "chassis/test_views.py::test_a_query_parameter_that_is_not_known_is_refused_and_named",
        "chassis/test_views.py::test_a_member_that_is_not_known_is_refused_and_pointed_at",
    ),
    "A18": _row("every JSON answer is an object", "rest/test_every_address.py::test_every_json_answer_is_an_object"),
    "A19": _row("a batch answers item by item"),
    "A20": _row(
        "503 says when to come back while a dependency is down",
        "chassis/test_endpoints.py::test_a_service_whose_database_is_away_says_so_and_when_to_ask_again",
        "postgres/test_outages.py::test_while_its_database_is_away_a_service_says_so_and_when_to_ask_again",
    ),
    # Negotiation and versions
    "B1": _row(
        "the best of what is accepted, and Vary",
        "orders/test_formats.py::test_a_list_is_written_in_the_format_that_is_liked_best",
        "orders/test_versions.py::test_each_version_has_a_tag_of_its_own_in_each_format",
    ),
    "B2": _row(
        "JSON and at least one more; problems are always acceptable",
        "orders/test_formats.py::test_a_resource_has_the_formats_that_suit_it_and_no_other",
        "chassis/test_negotiation.py::test_whoever_accepts_problems_is_always_answered",
    ),
    "B3": _row(
        "three ways to ask for a version, one answer",
        "orders/test_versions.py::test_three_ways_to_ask_get_the_same_answer_in_every_format",
        "orders/test_versions.py::test_contradicting_versions_are_refused",
    ),
    "B4": _row("the guidelines that contradict each other about versions: which one, and why"),
    "B5": _row(
        "caches never mix versions",
        "orders/test_versions.py::test_each_version_has_a_tag_of_its_own_in_each_format",
    ),
    "B6": _row(
        "a deprecated version says so, and when it ends",
        "orders/test_versions.py::test_an_older_version_says_that_it_will_end",
        "chassis/test_deprecation.py::test_deprecation_is_a_date_and_sunset_an_http_date",
    ),
    "B7": _row(
        "the description says the same of it",
        "chassis/test_documents.py::test_the_document_of_a_version_that_will_end_says_so",
    ),
    "B8": _row(
        "nothing breaks within a version",
        "contracts/test_released.py::test_the_api_keeps_what_was_released",
        "contracts/test_breaks.py::test_a_planted_change_is_caught_if_it_breaks_and_let_pass_if_not",
        "journeys/test_recorded_client.py::test_a_client_of_version_one_is_answered_as_it_was_before_there_was_another",
    ),
    "B9": _row("enumerations in answers are open"),
    # Errors
    "C1": _row(
        "problem+json, with a title for each type and the status of the answer",
        "rest/test_every_address.py::test_every_refusal_is_a_problem_that_says_its_status_and_its_request",
        "chassis/test_problems.py::test_the_title_stays_the_same_whatever_the_detail",
    ),
    "C2": _row("a type leads to its page", "config/test_pages.py::test_the_type_of_a_problem_opens_its_page"),
    "C3": _row(
        "errors point at members and have codes",
        "chassis/test_problems.py::test_each_error_points_at_what_it_is_about",
    ),
    "C4": _row(
        "the id of the request, in header and problem",
        "rest/test_every_address.py::test_every_refusal_is_a_problem_that_says_its_status_and_its_request",
        "chassis/test_middleware.py::test_every_answer_has_a_request_id_and_the_page_knows_it",
    ),
    "C5": _row(
        "429 with the registered type and the policies that were violated",
        "chassis/test_throttles.py::test_a_refusal_is_a_problem_that_names_the_rate",
    ),
    # Conditions and caches
    "D1": _row(
        "strong tags; 304 repeats the headers of the answer it stands for",
        "chassis/test_etags.py::test_an_answer_carries_the_tag_of_its_very_bytes",
        "rest/test_conditions.py::test_an_unchanged_answer_repeats_the_headers_that_caches_need",
    ),
    "D2": _row(
        "of two changes of one version the second is refused",
        "chassis/test_etags.py::test_a_change_of_another_version_is_refused_and_told_the_current_one",
        "rest/test_conditions.py::test_a_weak_tag_is_good_for_no_change",
        "orders/test_at_once.py::test_of_two_changes_based_on_one_version_one_is_made",
    ),
    "D3": _row(
        "428 where a condition is required",
        "chassis/test_etags.py::test_a_change_that_does_not_say_of_which_version_is_refused",
    ),
    "D4": _row(
        "no condition is looked at where the answer would be no success",
        "rest/test_every_address.py::test_a_token_that_is_no_good_is_refused_before_any_condition_is_looked_at",
        "rest/test_conditions.py::test_what_is_not_there_is_not_there_whatever_the_condition",
    ),
    "D5": _row(
        "each representation has a tag of its own",
        "orders/test_versions.py::test_each_version_has_a_tag_of_its_own_in_each_format",
    ),
    "D6": _row(
        "every answer says whether it may be kept, and by whom",
        "rest/test_every_address.py::test_every_answer_says_whether_it_may_be_kept_and_what_it_is",
        "orders/test_catalogue.py::test_an_anonymous_answer_may_be_shared_and_a_personal_one_not",
    ),
    "D7": _row(
        "packed where it pays, with Vary",
        "deploy/test_gateway_requests.py::test_what_is_large_is_compressed_and_says_so",
    ),
    # Collections
    "E1": _row(
        "pages from the first day, of a bounded size",
        "chassis/test_pagination.py::test_a_page_has_as_many_rows_as_asked",
        "chassis/test_pagination.py::test_a_limit_is_a_whole_number_up_to_a_hundred",
    ),
    "E2": _row(
        "cursors are opaque, signed, and good for their list alone",
        "chassis/test_pagination.py::test_a_forged_cursor_is_refused",
        "chassis/test_pagination.py::test_a_cursor_is_good_for_the_list_it_came_from_alone",
    ),
    "E3": _row(
        "links to the other pages, absolute and complete, in the Link header too",
        "chassis/test_pagination.py::test_links_are_public_and_keep_what_was_asked",
    ),
    "E4": _row(
        "nothing is counted",
        "chassis/test_pagination.py::test_the_last_page_costs_what_the_first_one_does",
        "orders/test_reading_orders.py::test_a_list_of_orders_asks_the_database_as_often_however_long_it_is",
    ),
    "E5": _row(
        "filters and orderings are documented, others refused",
        "chassis/test_filters.py::test_a_refusal_names_the_orderings_there_are",
        "chassis/test_filters.py::test_what_could_be_meant_in_two_ways_or_in_none_is_refused",
    ),
    "E6": _row(
        "the order is total and stable",
        "chassis/test_pagination.py::test_a_walk_shows_every_row_that_was_there_all_along_exactly_once",
        "chassis/test_pagination.py::test_a_walk_is_in_order_and_the_walk_back_is_the_same_one_backwards",
    ),
    # Safe writes and long work
    "F1": _row(
        "Idempotency-Key, quoted or not",
        "chassis/test_idempotency.py::test_a_command_repeated_with_its_key_is_done_once_and_answered_the_same",
        "chassis/test_idempotency.py::test_a_key_is_the_same_with_and_without_quotation_marks",
        "chassis/test_idempotency.py::test_a_key_is_not_good_for_another_body",
        "chassis/test_idempotency.py::test_the_same_key_of_another_caller_or_route_is_another_command",
        "chassis/test_idempotency.py::test_many_at_once_are_one_command",
    ),
    "F2": _row(
        "keys of bounded length, kept for a day at least",
        "chassis/test_idempotency.py::test_a_key_is_printable_and_not_too_long",
        "chassis/test_idempotency.py::test_answers_are_forgotten_after_two_days",
    ),
    "F3": _row(
        "Prefer: respond-async",
        "orders/test_long_work.py::test_long_work_is_answered_at_once_with_where_to_follow_it",
    ),
    "F4": _row(
        "an operation to follow and to cancel",
        "orders/test_long_work.py::test_a_result_is_there_only_after_success",
        "chassis/test_operations.py::test_what_is_cancelled_goes_no_further_and_cancelling_twice_is_cancelling_once",
        "journeys/test_long_work.py::test_a_worker_that_is_killed_loses_nothing_and_nothing_is_done_twice",
    ),
    "F5": _row("webhooks as Standard Webhooks"),
    "F6": _row("announcements are CloudEvents", "chassis/test_outbox.py::test_the_envelope_is_a_cloud_event"),
    # Rates
    "G1": _row(
        "429 with Retry-After, always",
        "chassis/test_throttles.py::test_every_answer_says_what_is_left_and_a_refusal_when_there_is_more",
    ),
    "G2": _row(
        "RateLimit and RateLimit-Policy",
        "chassis/test_throttles.py::test_every_answer_says_what_is_left_and_a_refusal_when_there_is_more",
    ),
    "G3": _row(
        "exact under concurrency and across processes, not fooled by a header",
        "journeys/test_rates.py::test_two_processes_of_one_service_count_together",
        "journeys/test_rates.py::test_three_services_behind_the_gateway_count_each_for_itself_and_outlive_their_valkey",
        "chassis/test_throttles.py::test_what_a_client_says_of_its_address_is_not_believed",
    ),
    # Identity
    "H1": _row(
        "metadata and keys of the issuer",
        "chassis/test_keys.py::test_a_key_set_holds_public_halves_alone",
        "users/test_identity.py::test_a_program_finds_its_way",
        "users/test_identity.py::test_the_way_is_where_clients_see_us_and_not_where_we_are",
    ),
    "H2": _row(
        "a token endpoint for clients",
        "users/test_oauth_clients.py::test_a_program_gets_a_token_of_our_own_format",
        "users/test_oauth_clients.py::test_it_may_say_who_it_is_in_the_form_too",
        "users/test_oauth_clients.py::test_the_answer_is_kept_by_no_cache",
        "users/test_oauth_clients.py::test_whoever_is_not_known_is_told_how_to_say_who_they_are",
        "users/test_oauth_clients.py::test_what_is_not_possible_is_refused_by_its_name",
    ),
    "H3": _row(
        "access tokens are checked whole",
        "chassis/test_tokens.py::test_a_token_whose_claims_are_not_as_agreed_is_refused",
        "chassis/test_tokens.py::test_a_token_whose_header_is_not_as_agreed_is_refused",
        "chassis/test_tokens.py::test_an_unsigned_token_is_refused",
        "chassis/test_tokens.py::test_the_public_key_is_no_secret_to_sign_with",
        "journeys/test_bad_tokens.py::test_a_token_that_is_not_as_agreed_is_refused_everywhere",
    ),
    "H4": _row(
        "introspection",
        "users/test_introspection.py::test_a_good_token_is_described",
        "users/test_introspection.py::test_of_what_is_no_good_one_learns_that_alone",
        "users/test_introspection.py::test_what_has_expired_is_no_good",
        "users/test_introspection.py::test_what_was_taken_back_is_no_good",
        "users/test_introspection.py::test_whoever_asks_says_who_they_are",
    ),
    "H5": _row("tokens bound to a certificate"),
    "H6": _row("token exchange"),
    "H7": _row(
        "API keys",
        "users/test_api_keys.py::test_a_key_is_shown_once",
        "users/test_api_keys.py::test_no_key_can_be_read_in_the_tables",
        "users/test_api_keys.py::test_a_key_opens_what_it_was_made_for_and_no_more",
        "users/test_api_keys.py::test_a_key_ends_when_it_was_said_that_it_would",
        "users/test_api_keys.py::test_the_old_secret_works_beside_the_new_one_for_a_day",
        "users/test_api_keys.py::test_a_revoked_key_is_good_for_nothing_and_revoking_it_again_changes_nothing",
        "users/test_api_keys.py::test_its_use_is_noted_once_a_minute",
        "journeys/test_programs.py::test_a_revoked_key_is_refused_everywhere_within_seconds",
    ),
    "H8": _row(
        "nobody reaches what is another's, or sets what is not theirs to set",
        "orders/test_reading_orders.py::test_an_order_is_not_there_for_anybody_else",
        "payments/test_payment_owners.py::test_anothers_payment_is_not_there",
        "users/test_profiles.py::test_another_persons_account_is_as_if_it_were_not_there",
        "users/test_registration.py::test_nobody_gives_themselves_what_only_staff_may_give",
    ),
    # Observability and transport
    "I1": _row("trace context goes on to the next service"),
    "I2": _row("TLS"),
    "I3": _row(
        "nosniff, and no version of a server",
        "rest/test_every_address.py::test_every_answer_says_whether_it_may_be_kept_and_what_it_is",
        "deploy/test_gateway_requests.py::test_an_answer_does_not_say_what_serves_it",
    ),
    "I4": _row(
        "money with its currency, times in UTC",
        "chassis/test_serializers.py::test_money_is_an_amount_in_minor_units_within_bounds",
        "chassis/test_serializers.py::test_times_are_in_utc_with_milliseconds",
    ),
}
