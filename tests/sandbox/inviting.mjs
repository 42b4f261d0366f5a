// Code as an application has it: it sends events with Intercom's own SDK and knows no Pastense.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SDK_DIR}/`);
const { IntercomClient } = require("intercom-client");

const intercom = new IntercomClient({
  token: process.env.INTERCOM_TOKEN,
  environment: process.env.INTERCOM_URL,
});

async function inviteFriend(userId, friend) {
  await intercom.events.create(
    {
      event_name: "invited-friend",
      created_at: Math.floor(Date.now() / 1000),
      user_id: userId,
      metadata: { friend },
    },
    { maxRetries: 2 },
  );
}

let failure = null;
try {
  await inviteFriend(process.argv[2], process.argv[3]);
} catch (error) {
  failure = { status: error.statusCode ?? null, message: error.message };
}
console.log(JSON.stringify({ failure }));
