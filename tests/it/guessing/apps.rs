//! Guesses at apps' secrets at `/oauth/token`.

use sea_orm::EntityTrait;
use tests::{Reply, World, on_both_databases};
use tokio::task::JoinSet;

use super::Node;

async fn token(http: &reqwest::Client, url: &str, from: &str, id: &str, secret: &str) -> Reply {
    let request = http.post(format!("{url}/oauth/token")).basic_auth(id, Some(secret)).header("x-forwarded-for", from);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    Reply::of(request.body("grant_type=client_credentials").send().await).await
}

/// How many of these guesses were compared, of which at most 16 are under way at a time.
async fn compared(world: &World, urls: [&str; 2], guesses: impl Iterator<Item = (String, String, String)>) -> usize {
    let (mut running, mut compared) = (JoinSet::new(), 0);
    let mut count = |reply: Reply| match reply.status.as_u16() {
        401 => compared += 1,
        429 => assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0)),
        // A slow machine may say that it cannot do it now.
        503 => {}
        other => panic!("{other}: {}", reply.text),
    };
    for (number, (from, id, secret)) in guesses.enumerate() {
        let (http, url) = (world.http.clone(), urls[number % 2].to_owned());
        running.spawn(async move { token(&http, &url, &from, &id, &secret).await });
        if running.len() >= 16 {
            count(running.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(reply) = running.join_next().await {
        count(reply.unwrap());
    }
    compared
}

async fn cells(world: &World) -> Vec<entity::guess::Model> {
    entity::guess::Entity::find().all(world.deps.vault.store.reader()).await.unwrap()
}

on_both_databases! {
    async fn of_a_thousand_guesses_at_an_app_few_are_compared_and_the_app_still_gets_its_tokens(world) {
        let bank = world.brand("bank").await;
        let nodes = [Node::behind_a_proxy(&world).await, Node::behind_a_proxy(&world).await];
        let urls = [nodes[0].url.as_str(), nodes[1].url.as_str()];
        assert_eq!(token(&world.http, urls[0], "198.51.100.1", &bank.client_id, &bank.secret).await.status, 200);
        let guess = |number: usize| {
            (format!("203.0.{}.{}", number / 250, number % 250), bank.client_id.clone(), format!("guess {number}"))
        };
        let compared = compared(&world, urls, (0..1_000).map(guess)).await;
        assert!((1..=100).contains(&compared), "{compared} guesses were compared");
        let stranger = token(&world.http, urls[1], "192.0.2.1", &bank.client_id, &bank.secret).await;
        assert_eq!(stranger.status, 429, "the right secret too, or the answer would tell");
        assert_eq!(stranger.body["error"], "temporarily_unavailable");
        for url in urls {
            for _ in 0..30 {
                assert_eq!(token(&world.http, url, "198.51.100.1", &bank.client_id, &bank.secret).await.status, 200);
            }
        }
        world.pass(stranger.header("retry-after").parse::<i64>().unwrap() * 1_000);
        assert_eq!(token(&world.http, urls[1], "192.0.2.1", &bank.client_id, &bank.secret).await.status, 200);
        for node in nodes {
            node.stop().await;
        }
    }

    async fn one_address_guesses_at_all_apps_together_only_so_often_known_or_not(world) {
        let bank = world.brand("bank").await;
        let node = Node::behind_a_proxy(&world).await;
        let guess = |number: usize| ("203.0.113.9".to_owned(), format!("client{number}"), "secret".to_owned());
        let compared = compared(&world, [&node.url, &node.url], (0..120).map(guess)).await;
        assert!((1..=50).contains(&compared), "{compared} guesses were compared");
        assert_eq!(token(&world.http, &node.url, "203.0.113.9", &bank.client_id, &bank.secret).await.status, 429);
        assert_eq!(token(&world.http, &node.url, "203.0.113.8", &bank.client_id, &bank.secret).await.status, 200);
        node.stop().await;
    }

    async fn a_right_secret_writes_once_a_day_and_a_few_wrong_ones_cost_nothing_more(world) {
        let bank = world.brand("bank").await;
        bank.token().await;
        let first = cells(&world).await;
        assert_eq!(first.len(), 1, "from where it came");
        for _ in 0..100 {
            bank.token().await;
        }
        assert_eq!(cells(&world).await, first);
        for number in 0..3 {
            let wrong = token(&world.http, &world.url, "", &bank.client_id, &format!("wrong {number}")).await;
            assert_eq!(wrong.status, 401);
        }
        let after = cells(&world).await;
        assert_eq!(after.len(), 2);
        bank.token().await;
        assert_eq!(cells(&world).await, after, "a right one among them is taken back");
        world.pass(2 * tests::world::DAY);
        bank.token().await;
        assert!(cells(&world).await.iter().any(|cell| cell.empty_at > first[0].empty_at), "written anew");
    }
}
