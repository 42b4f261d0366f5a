// The calls of intercom-client 2 about people, events and bulk jobs; prints what came back.
// Environment: SDK_DIR (where npm installed the SDK), BASE_URL, TOKEN (made with `--version 1.4`),
// SUFFIX (unique text).

const { createRequire } = require("node:module");
const { join } = require("node:path");

const { SDK_DIR, BASE_URL, TOKEN, SUFFIX } = process.env;
const { Client } = createRequire(join(SDK_DIR, "package.json"))("intercom-client");

const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const userId = `node2-${SUFFIX}`;
const email = `${userId}@example.org`;

const connect = (...auth) =>
    new Client(...auth).usePromises().useRequestOpts({ baseUrl: BASE_URL });

/** What a refused call threw. */
async function refusal(call) {
    try {
        await call();
    } catch (error) {
        return [error.statusCode, error.body?.errors?.[0]?.code, error.message];
    }
    return [null];
}

async function users(client) {
    const created = await client.users.create({ user_id: userId, email, name: "Ada" });
    const updated = await client.users.update({ user_id: userId, custom_attributes: { a: 1 } });
    for (let number = 0; number < 3; number += 1) {
        await client.users.create({ user_id: `${userId}-${number}` });
    }
    const page = await client.users.listBy({ per_page: 2 });
    const next = await client.nextPage(page.body.pages);
    const scrolled = await new Promise((resolve) => {
        client.users.scroll.each({}, (answer) => resolve(answer));
    });
    return {
        status: created.statusCode,
        created: created.body,
        updated: updated.body.custom_attributes,
        found: [
            (await client.users.find({ id: created.body.id })).body.id,
            (await client.users.find({ user_id: userId })).body.id,
            (await client.users.find({ email })).body.id,
        ],
        listed: (await client.users.list()).body.users.map((user) => user.user_id),
        pages: [page, next].map((one) => one.body.users.length),
        scrolled: scrolled.body.users.length,
        count: (await client.counts.appCounts()).body.user.count,
    };
}

async function events(client) {
    const created = await client.events.create({
        event_name: "opened",
        created_at: hourAgo,
        user_id: userId,
        metadata: { paid: true },
    });
    for (let number = 1; number < 4; number += 1) {
        await client.events.create({ event_name: "opened", created_at: hourAgo + number, email });
    }
    const page = await client.events.listBy({ type: "user", user_id: userId, per_page: 3 });
    const next = await client.nextPage(page.body.pages);
    return {
        created: [created.statusCode, created.body ?? null],
        page: page.body.events.map((one) => one.created_at - hourAgo),
        next: next.body.events.map((one) => one.created_at - hourAgo),
        last: next.body.pages.next,
    };
}

async function bulk(client) {
    const good = { event_name: "bulked", created_at: hourAgo, user_id: userId };
    const bad = { ...good, user_id: `nobody-${SUFFIX}` };
    const job = await client.events.bulk([{ create: good }, { create: bad }]);
    const people = await client.users.bulk([
        { create: { user_id: `${userId}-bulk` } },
        { delete: { user_id: `${userId}-0` } },
        { delete: { user_id: `nobody-${SUFFIX}` } },
    ]);
    return {
        job: [job.statusCode, job.body],
        people: people.body,
        errors: (await client.get(`/jobs/${people.body.id}/error`)).body.items,
        delete: await refusal(() => client.events.bulk([{ delete: good }])),
        saved: (await client.users.find({ user_id: `${userId}-bulk` })).body.user_id,
        archived: await refusal(() => client.users.find({ user_id: `${userId}-0` })),
    };
}

async function leads(client) {
    const lead = (await client.leads.create({ email: `lead-${SUFFIX}@example.org` })).body;
    const other = (await client.contacts.create({ name: "Other" })).body;
    const listed = (await client.leads.list()).body.contacts.map((one) => one.id);
    const found = (await client.leads.find({ user_id: lead.user_id })).body.id;
    const converted = await client.leads.convert({
        contact: { user_id: lead.user_id },
        user: { user_id: `${userId}-lead` },
    });
    await client.leads.delete({ id: other.id });
    return {
        id: lead.id,
        listed,
        found,
        converted: [converted.body.type, converted.body.user_id],
        gone: await refusal(() => client.leads.find({ id: other.id })),
    };
}

async function tags(client) {
    const name = `tag ${SUFFIX}`;
    const made = (await client.tags.create({ name })).body;
    const tagged = (await client.tags.tag({ name, users: [{ user_id: userId }] })).body;
    const untagged = (await client.tags.untag({ name, users: [{ email }] })).body;
    const listed = (await client.tags.list()).body.tags.filter((one) => one.name === name);
    await client.tags.delete({ id: made.id });
    return {
        ids: [made.id, tagged.id, untagged.id],
        listed: listed.map((one) => one.id),
        left: (await client.tags.list()).body.tags.filter((one) => one.name === name),
    };
}

async function main() {
    const client = connect({ appId: "pi3243fa", appApiKey: TOKEN });
    const results = { hourAgo, userId, users: await users(client) };
    results.events = await events(connect({ token: TOKEN }));
    results.bulk = await bulk(client);
    results.leads = await leads(client);
    results.tags = await tags(client);
    const lost = { event_name: "lost", created_at: hourAgo, user_id: `nobody-${SUFFIX}` };
    results.unknown = await refusal(() => client.events.create(lost));
    results.noTime = await refusal(() => client.events.create({ ...lost, created_at: undefined }));
    const stranger = connect("pi3243fa", "pst_of_nobody");
    results.unauthorized = await refusal(() => stranger.users.find({ user_id: userId }));
    results.archived = (await client.users.archive({ user_id: userId })).body.id;
    results.afterwards = await refusal(() => client.users.find({ email }));
    process.stdout.write(JSON.stringify(results));
}

main();
