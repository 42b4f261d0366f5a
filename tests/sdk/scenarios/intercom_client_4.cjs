// The calls of intercom-client 3 and 4 about contacts and events; prints what came back.
// Environment: SDK_DIR (where npm installed the SDK), BASE_URL, TOKEN, SUFFIX (unique text).

const { createRequire } = require("node:module");
const { join } = require("node:path");

const { SDK_DIR, BASE_URL, TOKEN, SUFFIX } = process.env;
const { Client } = createRequire(join(SDK_DIR, "package.json"))("intercom-client");

const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const externalId = `node4-${SUFFIX}`;
const email = `${externalId}@example.org`;

const connect = (auth) => new Client(auth).useRequestOpts({ baseURL: BASE_URL });

/** What a refused call threw. */
async function refusal(call) {
    try {
        await call();
    } catch (error) {
        return [error.statusCode, error.body?.errors?.[0]?.code, error.message];
    }
    return [null];
}

async function contacts(client) {
    const created = await client.contacts.createUser({ externalId, email, name: "Ada" });
    const lead = await client.contacts.createLead({ name: `lead-${SUFFIX}` });
    const updated = await client.contacts.update({ id: created.id, name: "Grace" });
    const query = { field: "external_id", operator: "=", value: externalId };
    const first = await client.contacts.list({ perPage: 1 });
    const startingAfter = first.pages.next.starting_after;
    return {
        created,
        lead,
        updated: updated.name,
        found: (await client.contacts.find({ id: created.id })).external_id,
        searched: (await client.contacts.search({ data: { query } })).data.map((one) => one.id),
        pages: [first, await client.contacts.list({ perPage: 1, startingAfter })].map(
            (page) => page.data.length,
        ),
        conflict: await refusal(() => client.contacts.createUser({ externalId })),
    };
}

async function events(client, user, lead) {
    const event = { eventName: "placed-order", createdAt: hourAgo, metadata: { paid: true } };
    const created = await client.events.create({ ...event, userId: externalId });
    for (let number = 1; number < 5; number += 1) {
        await client.events.create({ ...event, createdAt: hourAgo + number, id: user.id });
    }
    await client.events.create({ ...event, id: lead.id });
    const page = await client.events.listBy({ userId: externalId, perPage: 3 });
    const next = await client.nextPage(page.pages);
    return {
        created: created === "" || created === undefined ? null : created,
        page: page.events.map((one) => one.created_at - hourAgo),
        next: next.events.map((one) => one.created_at - hourAgo),
        last: next.pages.next,
        ofLead: (await client.events.listBy({ intercomUserId: lead.id })).events.length,
        summary: (await client.events.listBy({ email, summary: true })).events,
    };
}

async function ending(client, user, lead) {
    const merged = await client.contacts.mergeLeadInUser({ leadId: lead.id, userId: user.id });
    const archived = await client.contacts.archive({ id: user.id });
    const unarchived = await client.contacts.unarchive({ id: user.id });
    const deleted = await client.contacts.delete({ id: user.id });
    return {
        merged: merged.id,
        archived: archived.archived,
        unarchived: unarchived.archived,
        deleted: deleted.deleted,
        gone: await refusal(() => client.contacts.find({ id: user.id })),
    };
}

async function main() {
    const client = connect({ tokenAuth: { token: TOKEN } });
    const older = connect({ usernameAuth: { username: "pi3243fa", password: TOKEN } });
    const results = { hourAgo, externalId, contacts: await contacts(client) };
    const { created: user, lead } = results.contacts;
    results.events = await events(older, user, lead);
    const lost = { eventName: "lost", createdAt: hourAgo, userId: `nobody-${SUFFIX}` };
    results.unknown = await refusal(() => client.events.create(lost));
    results.noName = await refusal(() => client.events.create({ ...lost, eventName: undefined }));
    const stranger = connect({ tokenAuth: { token: "pst_of_nobody" } });
    results.unauthorized = await refusal(() => stranger.events.create(lost));
    results.segments = (await client.segments.list({ includeCount: true })).segments;
    results.ending = await ending(client, user, lead);
    process.stdout.write(JSON.stringify(results));
}

main();
