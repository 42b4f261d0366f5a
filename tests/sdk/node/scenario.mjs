// Every call of the service through intercom-client 7; prints one JSON object of what came back.
// Environment: SDK_DIR (where npm installed the SDK), BASE_URL, TOKEN, SUFFIX (unique text).

import { createRequire } from "node:module";
import { join } from "node:path";

const { SDK_DIR, BASE_URL, TOKEN, SUFFIX } = process.env;
const { IntercomClient, IntercomError, Intercom } = createRequire(join(SDK_DIR, "package.json"))(
    "intercom-client",
);

const client = new IntercomClient({ token: TOKEN, baseUrl: BASE_URL });
const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const userId = `node-user-${SUFFIX}`;
const email = `${userId}@example.org`;

/** What a refused call threw, as plain data. */
async function refusal(call) {
    try {
        await call();
    } catch (error) {
        return {
            isIntercomError: error instanceof IntercomError,
            isUnauthorized: error instanceof Intercom.UnauthorizedError,
            status: error.statusCode,
            body: error.body,
            requestId: error.rawResponse?.headers.get("X-Request-Id") ?? null,
        };
    }
    return { status: null, body: "the call was not refused" };
}

/** Data and headers of a call, from the SDK's own raw form. */
async function raw(promise) {
    const { data, rawResponse } = await promise.withRawResponse();
    const headers = Object.fromEntries(rawResponse.headers.entries());
    return { status: rawResponse.status, data: data ?? null, headers };
}

/** The parameters of a `pages` URL, for the caller's own next call. */
const parametersOf = (url) => Object.fromEntries(new URL(url).searchParams);

/** Every page of a list, by adding the parameters of `pages.next` to the same call. */
async function walk(list) {
    const pages = [];
    const urls = [];
    let queryParams = {};
    while (queryParams !== null) {
        const page = await list(queryParams);
        pages.push(page.events);
        urls.push(page.pages.next ?? null);
        queryParams = page.pages.next ? parametersOf(page.pages.next) : null;
    }
    return { pages, urls };
}

async function events(user, lead) {
    const metadata = {
        order_date: hourAgo,
        order_number: { value: "3434-3434", url: "https://example.org/orders/3434" },
        price: { currency: "usd", amount: 2999 },
        paid: true,
    };
    const order = { event_name: "placed-order", created_at: hourAgo, metadata };
    const byUserId = await raw(client.events.create({ ...order, user_id: userId }));
    const duplicate = await raw(
        client.events.create({ ...order, email, metadata: { copy: "second" } }),
    );
    for (let number = 1; number < 6; number += 1) {
        await client.events.create({
            event_name: `step-${number % 2}`,
            created_at: hourAgo + number,
            id: user.id,
        });
    }
    const plain = { event_name: "viewed", created_at: hourAgo, id: lead.id };
    const byLead = await raw(client.events.create(plain));
    await client.events.create({ ...plain, created_at: hourAgo + 1, metadata: {} });
    return {
        byUserId,
        duplicate,
        byLead,
        list: await raw(client.events.list({ type: "user", user_id: userId })),
        byEmail: await client.events.list({ type: "user", email }),
        ofLead: await client.events.list({ type: "user", intercom_user_id: lead.id }),
        ofLeadSummary: await client.events.list({
            type: "user",
            intercom_user_id: lead.id,
            summary: true,
        }),
        walk: await walk((queryParams) =>
            client.events.list({ type: "user", user_id: userId, per_page: 4 }, { queryParams }),
        ),
    };
}

async function polling() {
    const request = { type: "user", user_id: userId };
    const start = await client.events.list(request);
    const options = { queryParams: parametersOf(start.pages.since) };
    const quiet = await client.events.list(request, options);
    await client.events.create({
        event_name: "ticked",
        created_at: hourAgo + 60,
        user_id: userId,
    });
    return { since: start.pages.since, quiet, news: await client.events.list(request, options) };
}

async function summaries() {
    const written = [];
    for (const count of [9, 4]) {
        const event_summaries = {
            event_name: "placed-order",
            count,
            first: 1671028894,
            last: 1671115294,
        };
        written.push(await raw(client.events.summaries({ user_id: userId, event_summaries })));
    }
    return {
        written,
        empty: await refusal(() => client.events.summaries()),
        summary: await client.events.list({ type: "user", user_id: userId, summary: true }),
    };
}

async function unstable(user) {
    const { dataEvents, contacts } = client.unstable;
    const version = { version: "Unstable" };
    const metadata = { price: { amount: 34999, currency: "eur" } };
    const second = hourAgo + 120;
    const sent = await raw(
        dataEvents.createDataEvent(
            { event_name: "paid", created_at: second, user_id: userId, metadata },
            version,
        ),
    );
    const lists = {};
    for (const filter of [{ user_id: userId }, { email }, { intercom_user_id: user.id }]) {
        const page = await dataEvents.lisDataEvents(
            { filter, type: "user" },
            { ...version, queryParams: { per_page: 1 } },
        );
        lists[Object.keys(filter)[0]] = page.events;
    }
    const written = await raw(
        dataEvents.dataEventSummaries(
            {
                user_id: userId,
                event_summaries: { event_name: "paid", count: 2, first: 1671028894, last: 1671028894 },
            },
            version,
        ),
    );
    const summary = await dataEvents.lisDataEvents(
        { filter: { user_id: userId }, type: "user", summary: true },
        version,
    );
    return {
        sent,
        second,
        lists,
        written,
        summary,
        shown: await contacts.showContact({ id: user.id }, version),
        me: await raw(client.unstable.admins.identifyAdmin(version)),
    };
}

/** What an iterated SDK pager met. */
async function idsOf(pager) {
    const ids = [];
    for await (const contact of pager) {
        ids.push(contact.id);
    }
    return ids;
}

async function finding(user) {
    const name = `node-many-${SUFFIX}`;
    const made = [];
    for (let number = 0; number < 5; number += 1) {
        made.push((await client.contacts.create({ role: "lead", name })).id);
    }
    const byName = { field: "name", operator: "=", value: name };
    const withExternalId = {
        operator: "AND",
        value: [
            { field: "role", operator: "=", value: "user" },
            { field: "external_id", operator: "!=", value: null },
            { field: "email", operator: "=", value: email },
        ],
    };
    return {
        made,
        found: await client.contacts.find({ contact_id: user.id }),
        byExternalId: await client.contacts.showContactByExternalId({ external_id: userId }),
        updated: await client.contacts.update({ contact_id: user.id, name: "Ada" }),
        listed: await idsOf(await client.contacts.list({ per_page: 3 })),
        total: (await client.contacts.list({ per_page: 1 })).response.total_count,
        searched: await idsOf(
            await client.contacts.search({ query: byName, pagination: { per_page: 2 } }),
        ),
        usersWithExternalId: await idsOf(await client.contacts.search({ query: withExternalId })),
    };
}

async function ending(user) {
    const visit = { event_name: "visited", created_at: hourAgo + 240, id: user.id };
    const archived = await client.contacts.archive({ contact_id: user.id });
    const whileArchived = await refusal(() => client.events.create(visit));
    const conflictArchived = await refusal(() => client.contacts.create({ external_id: userId }));
    const readable = (await client.events.list({ type: "user", user_id: userId })).events.length;
    const unarchived = await client.contacts.unarchive({ contact_id: user.id });
    const afterwards = await raw(client.events.create(visit));
    const deleted = await client.contacts.delete({ contact_id: user.id });
    const gone = await refusal(() => client.contacts.find({ contact_id: user.id }));
    const eventsGone = await refusal(() => client.events.list({ type: "user", user_id: userId }));
    return {
        archived,
        whileArchived,
        conflictArchived,
        readable,
        unarchived,
        afterwards,
        deleted,
        gone,
        eventsGone,
    };
}

async function refusals() {
    const stranger = new IntercomClient({ token: "pst_of_nobody", baseUrl: BASE_URL });
    const lost = { event_name: "lost", created_at: hourAgo, user_id: `nobody-${SUFFIX}` };
    return {
        conflict: await refusal(() => client.contacts.create({ external_id: userId })),
        unknownUser: await refusal(() => client.events.create(lost)),
        unauthorizedSend: await refusal(() => stranger.events.create(lost)),
        unauthorizedList: await refusal(() => stranger.events.list({ type: "user", email })),
        unauthorizedMe: await refusal(() => stranger.admins.identify()),
        noName: await refusal(() =>
            client.events.create({ created_at: hourAgo, user_id: userId }),
        ),
        badVersion: await refusal(() =>
            client.admins.identify({ headers: { "Intercom-Version": "9.9" } }),
        ),
    };
}

async function versions() {
    const seen = {};
    seen.default = (await raw(client.admins.identify())).headers["intercom-version"];
    for (const version of ["1.0", "2.7", "2.14", "Unstable"]) {
        const me = await raw(client.admins.identify({ version }));
        seen[version] = me.headers["intercom-version"];
    }
    const older = new IntercomClient({ token: TOKEN, baseUrl: BASE_URL, version: "2.11" });
    seen.client = (await raw(older.admins.identify())).headers["intercom-version"];
    return seen;
}

/** The first answer is lost on its way back, so the SDK sends the event again by itself. */
async function retry() {
    const delivered = [];
    const lossy = async (url, init) => {
        const answer = await fetch(url, init);
        delivered.push(answer.status);
        await answer.arrayBuffer();
        const lost = delivered.length === 1;
        const headers = lost ? { "Retry-After": "1" } : answer.headers;
        return new Response(null, { status: lost ? 504 : answer.status, headers });
    };
    const retrying = new IntercomClient({ token: TOKEN, baseUrl: BASE_URL, fetch: lossy });
    const name = `retried-${SUFFIX}`;
    await retrying.events.create({ event_name: name, created_at: hourAgo, user_id: userId });
    const summary = await client.events.list({ type: "user", user_id: userId, summary: true });
    return { delivered, counts: summary.events.filter((item) => item.name === name) };
}

const results = { hourAgo, userId, email, me: await client.admins.identify() };
results.user = await client.contacts.create({ external_id: userId, email, name: "Grace" });
results.lead = await client.contacts.create({ role: "lead", name: `node-lead-${SUFFIX}` });
results.events = await events(results.user, results.lead);
results.polling = await polling();
results.summaries = await summaries();
results.unstable = await unstable(results.user);
results.finding = await finding(results.user);
results.refusals = await refusals();
results.versions = await versions();
results.retry = await retry();
results.ending = await ending(results.user);
process.stdout.write(JSON.stringify(results));
