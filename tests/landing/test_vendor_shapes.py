# ruff: noqa: E501 (lines of files stay whole)
"""Small extracts in the shapes that vendors' own exports have, and what each of them lands as."""

from decimal import Decimal

import pytest

GOOGLE = (
    'Campaign report\n"1 June 2025 - 2 June 2025"\n'
    "Day,Campaign,Campaign ID,Device,Currency code,Cost,Impr.,Clicks\n"
    '2025-06-01,Brand,9,Computers,EUR,"1,204.50","48,210","1,930"\n'
    "2025-06-01,Brand,9,Mobile phones,EUR,0.50,10,--\n"
    '2025-06-02,Brand,9,Computers,EUR," --",0,0\n'.replace('" --"', "0.00")
    + 'Total: Campaigns, --, --, --,EUR,"1,205.00","48,220","1,930"\n'
    'Total: Account, --, --, --,EUR,"1,205.00","48,220","1,930"\n'
)
MICROSOFT = (
    '"Report Name: spend"\n"Report Time: 6/1/2025,6/2/2025"\n"Time Zone: GMT"\n"Last Completed Available Day: x"\n'
    '"Last Completed Available Hour: x"\n"Report Aggregation: Daily"\n"Report Filter: "\n'
    '"Potential Incomplete Data: false"\n"Rows: 2"\n\n'
    '"TimePeriod","AccountId","CampaignId","CampaignName","CurrencyCode","Spend","Clicks","Impressions"\n'
    '"2025-06-01","7","9","Brand","EUR","12.34","5","100"\n'
    '"6/2/2025","7","9","Brand","EUR","1,000.00","6","200"\n'
    '\n"©2025 Microsoft Corporation. All rights reserved. "\n'
)
LINKEDIN = (
    "Campaign Performance Report (in UTC)\nReport Start: June 1\nReport End: June 2\nDate Generated: x\n\n"
    "Start Date (in UTC)\tAccount Name\tCurrency\tCampaign ID\tCampaign Name\tImpressions\tClicks\tTotal Spent\n"
    "6/1/2025\tAcme\tEUR\t9\tBrand\t1,000\t5\t12.5\n"
)
SPEND = {
    "google_ads_ui": ("Campaign report.csv", GOOGLE.encode(), [("2025-06-01", "1205"), ("2025-06-02", "0")]),
    "microsoft_ads": ("spend.csv", MICROSOFT.encode(), [("2025-06-01", "12.34"), ("2025-06-02", "1000")]),
    "linkedin_ads": ("performance.csv", LINKEDIN.encode("utf-16"), [("2025-06-01", "12.5")]),
}


@pytest.mark.parametrize("name", SPEND)
def test_spend_is_the_sum_of_a_campaigns_day_without_titles_and_totals(landing, name):
    file, content, expected = SPEND[name]
    landing.source(name, name)
    landing.put(name, file, content)
    landing.run()
    assert landing.rows("select line, code, message from audit.rejects") == []
    found = landing.rows("select spend_on, amount from raw.ad_spend order by spend_on")
    assert [(day, Decimal(amount)) for day, amount in found] == [(d, Decimal(a)) for d, a in expected]


META = (
    "Reporting starts,Reporting ends,Day,Campaign name,Campaign ID,Account ID,Amount spent (EUR)\n"
    "2025-06-01,2025-06-02,,,,,13.34\n"
    "2025-06-01,2025-06-02,2025-06-01,Brand,9,7,12.34\n"
    "2025-06-01,2025-06-02,2025-06-02,Brand,9,7,1\n"
)
HEADERS = {
    "google_ads_ui": ("Campaign report.csv", GOOGLE.split("\n", 2)[2], "utf-8"),
    "microsoft_ads": ("spend.csv", MICROSOFT.split("\n\n", 1)[1], "utf-8"),
    "linkedin_ads": ("performance.csv", LINKEDIN.split("\n\n", 1)[1], "utf-16"),
    "meta_ads": ("meta_ads.csv", META, "utf-8"),
}
TITLES = {
    "none": "",
    "a name": "Spend report\n",
    "a name and a range of dates with commas": 'Spend report\n"June 1, 2025 - June 2, 2025"\n',
    "dates with commas that are not quoted": "Spend report\nJune 1, 2025 - June 2, 2025\n",
    "an account line and blank lines": "Spend report\n\nAccount: Acme (123-456-7890)\nAll time\n\n\n",
    "a word of the header": "Campaign\nCurrency\n",
    "a quote that never closes": 'Spend of 27" screens\n',
    "many lines": "".join(f"Filter {number}: none\n" for number in range(15)),
}


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("name", HEADERS)
def test_the_header_of_a_spend_report_is_found_below_any_title(landing, name, title):
    file, text, encoding = HEADERS[name]
    landing.source(name, name)
    landing.put(name, file, (TITLES[title] + text).encode(encoding))
    landing.run()
    assert landing.rows("select line, code, message from audit.rejects") == []
    whole = {"linkedin_ads": "12.5", "google_ads_ui": "1205", "microsoft_ads": "1012.34", "meta_ads": "13.34"}
    assert landing.rows("select sum(amount::decimal(18, 2)) from raw.ad_spend") == [(Decimal(whole[name]),)]
    # The lines are those of the file.
    begin = TITLES[title].count("\n") + 2 + (name == "meta_ads")
    assert landing.rows("select min(_line) from raw.ad_spend") == [(begin,)]


def test_a_report_that_lacks_a_column_is_refused_by_the_line_of_its_header(landing):
    landing.source("google", "google_ads_ui")
    landing.put(
        "google", "report.csv", "Campaign report\nAll time\nDay,Campaign,Clicks\n2025-06-01,Brand,1\n"
    )
    landing.run()
    assert landing.rows("select code, line, column_name from audit.rejects order by 3") == [
        ("S01", 3, "amount"),
        ("S01", 3, "currency"),
    ]


PIPEDRIVE_DEALS = (
    "Deal - ID,Deal - Title,Deal - Organization,Organization - ID,Deal - Stage,Deal - Status,Deal - Value,"
    "Deal - Currency of Value,Deal - Deal created,Deal - Won time,Deal - Lost time\n"
    "1,Alpha,Alpha SA,501,Proposal Made,Open,1200,EUR,2025-02-01 10:00:00,,\n"
    "2,Beta,Beta SA,502,Negotiations Started,Won,3333.3333333333335,EUR,2025-02-01 10:00:00,2025-03-01 09:00:00,\n"
    "3,Gamma,Gamma SA,503,Lead In,Lost,10,EUR,2025-02-01 10:00:00,,2025-03-02 09:00:00\n"
)


def test_pipedrive_deals_are_open_won_or_lost_by_their_status(landing):
    landing.source("pipedrive", "pipedrive")
    landing.put("pipedrive", "deals-1.csv", PIPEDRIVE_DEALS)
    landing.put("pipedrive", "organizations-1.csv", "Organization - ID,Organization - Name\n501,Alpha SA\n")
    landing.put(
        "pipedrive", "people-1.csv", 'Person - ID,Person - Email - Work\n9,"A@x.example, b@x.example"\n'
    )
    landing.run()
    assert landing.rows("select code, column_name from audit.rejects") == [("W10", "amount")]
    assert landing.rows(
        "select deal_id, crm_account_id, outcome, amount, won_at, lost_at from raw.crm_deals order by deal_id"
    ) == [
        ("1", "501", "open", "1200", None, None),
        ("2", "502", "won", None, "2025-03-01 09:00:00", None),
        ("3", "503", "lost", "10", None, "2025-03-02 09:00:00"),
    ]
    assert landing.rows("select email from raw.crm_contacts") == [("a@x.example",)]


SURVEYMONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,"
    "How likely is it that you would recommend us to a friend or colleague?,Comment\n"
    ",,,,,,,Open-Ended Response\n"
    "118052219061,446,06/10/2025 07:48:07 AM,06/10/2025 08:09:25 PM,1.2.3.4,A@x.example,Extremely likely - 10,Fine\n"
    "118052219062,446,2025-06-11 07:48:07,2025-06-11 08:09:25,1.2.3.4,b@x.example,7,\n"
    "118052219063,446,2025-06-11 07:48:07,2025-06-11 07:49:00,1.2.3.4,c@x.example,,\n"
)


def test_surveymonkeys_second_header_and_unscored_answers_are_no_answers(landing):
    landing.source("surveymonkey", "surveymonkey")
    landing.put("surveymonkey", "responses.csv", SURVEYMONKEY)
    landing.run()
    assert landing.rows("select message from audit.rejects") == []
    assert landing.rows("select respondent, score, responded_at from raw.survey_responses order by 1") == [
        ("a@x.example", "10", "2025-06-10 20:09:25"),
        ("b@x.example", "7", "2025-06-11 08:09:25"),
    ]


def test_a_typeform_answer_keeps_its_token(landing):
    landing.source("typeform", "typeform")
    landing.put(
        "typeform",
        "responses.csv",
        "#,How likely are you to recommend us to a friend or colleague?,email,Start Date (UTC),Submit Date (UTC)\n"
        "1b2c3d,9,A@x.example,2025-06-01 10:00:00,2025-06-01 10:01:00\n",
    )
    landing.run()
    assert landing.rows("select response_id, score, respondent from raw.survey_responses") == [
        ("1b2c3d", "9", "a@x.example")
    ]


def test_zendesks_first_reply_comes_minutes_after_the_ticket(landing):
    landing.source("zendesk", "zendesk")
    landing.put(
        "zendesk",
        "tickets.csv",
        "Id,Requester email,Created at,Solved at,Reopens,First reply time in minutes,Via\n"
        "1,A@x.example,2025-06-01 10:00:00 +0200,2025-06-02 10:00:00 +0200,0,90,Mail\n"
        "2,b@x.example,2025-06-01 23:50:00 UTC,,1,-,Web\n"
        "3,b@x.example,2025-06-01 10:00:00,,1,soon,Web\n",
    )
    landing.run()
    assert landing.rows("select code, column_name, value from audit.rejects") == [
        ("W10", "first_reply_at", "soon")
    ]
    assert landing.rows("select ticket_id, opened_at, first_reply_at from raw.tickets order by 1") == [
        ("1", "2025-06-01 08:00:00", "2025-06-01 09:30:00"),
        ("2", "2025-06-01 23:50:00", None),
        ("3", "2025-06-01 10:00:00", None),
    ]


def test_intercoms_conversations_are_tickets(landing):
    landing.source("intercom", "intercom")
    landing.put(
        "intercom",
        "conversations.jsonl",
        '{"type": "conversation", "id": "1", "created_at": 1748772000, "source": {"type": "email", "author": '
        '{"email": "A@x.example"}}, "statistics": {"first_admin_reply_at": 1748772060, "last_close_at": null, '
        '"count_reopens": 0}, "conversation_rating": {"rating": 5}}\n',
    )
    landing.run()
    assert landing.rows("select ticket_id, email, opened_at, first_reply_at, csat from raw.tickets") == [
        ("1", "a@x.example", "2025-06-01 10:00:00", "2025-06-01 10:01:00", "5")
    ]
