"""What Django and REST framework as they come would answer with a crash, or take without a word; and what shows it."""

CRASHES = {
    "JSON nested without end": "tests/chassis/test_parsers.py::test_json_may_be_nested_as_deep_as_any_request_needs",
    "half a surrogate pair": "tests/rest/test_traps.py::test_half_a_character_is_refused_wherever_text_is_written",
    "half a surrogate pair as a choice": "tests/rest/test_traps.py::test_half_a_character_is_refused_as_a_choice_too",
    "a NUL": "tests/postgres/test_extremes.py::test_a_text_that_no_database_keeps_is_refused_wherever_it_stands",
    "a forged cursor": "tests/chassis/test_pagination.py::test_a_forged_cursor_is_refused",
    "a limit beyond every integer": "tests/rest/test_traps.py::test_a_limit_beyond_every_integer_is_refused",
    "a crash that leaves half of its work": (
        "tests/orders/test_placing.py::test_nothing_is_left_of_an_order_that_broke_on_the_way"
    ),
    "a number beyond its column": (
        "tests/postgres/test_extremes.py::test_a_number_that_no_column_holds_is_refused_wherever_it_stands"
    ),
}
SILENTLY_TAKEN = {
    "a name twice in an object": "tests/rest/test_traps.py::test_a_name_that_stands_twice_is_refused",
    "a member nobody knows": "tests/chassis/test_views.py::test_a_member_that_is_not_known_is_refused_and_pointed_at",
    "an id that the server gives": (
        "tests/chassis/test_serializers.py::test_a_member_that_is_not_for_callers_is_refused"
    ),
    "text for a number": "tests/chassis/test_serializers.py::test_only_a_whole_number_is_an_integer",
    "a number for text": "tests/chassis/test_serializers.py::test_only_text_is_text",
    "a filter nobody knows": (
        "tests/chassis/test_views.py::test_a_query_parameter_that_is_not_known_is_refused_and_named"
    ),
    "an ordering nobody knows": (
        "tests/chassis/test_filters.py::test_what_could_be_meant_in_two_ways_or_in_none_is_refused"
    ),
    "a parameter twice": "tests/rest/test_traps.py::test_a_parameter_that_is_given_twice_is_refused",
    "nothing where a body is required": "tests/rest/test_traps.py::test_no_body_is_refused_where_one_is_required",
    "a charset that is not UTF-8": "tests/chassis/test_bodies.py::test_a_body_in_another_character_set_is_refused",
    "a body that is packed, or says so": (
        "tests/chassis/test_bodies.py::test_a_coded_body_is_refused_whether_or_not_it_is_coded"
    ),
}
