//! A second box in the store: it copies everything from the first, what the first copies from the cloud included.

use crate::book::Book;
use crate::history::{same_story, trade};
use crate::net::{Cable, Net};
use crate::world::{End, NODE, STORE, World, acceptor, key, node_key, seconds};
use engine::SeededIds;
use journal::{Journal, MemoryJournal, Stream};
use link::{Dialer, Lines, NoNeeds, Rhythm, Role};
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_copy_is_the_same_and_can_become_the_home() {
    let disk = Arc::new(MemoryJournal::new());
    let world = World::with(disk.clone(), Arc::default(), Arc::new(NoNeeds));
    let up = world.dial(1);
    // The first box is home to everything as far as the second is concerned.
    let first = End::new(disk, &Stream::ALL, Arc::new(NoNeeds));
    let second = End::new(Arc::default(), &[], Arc::new(NoNeeds));
    let book = Arc::new(Book::default());
    book.enter(STORE, NODE, node_key().public());
    book.houses.lock().unwrap().insert(STORE, first.local.clone());
    let net = Net::new(acceptor(&book, &first));
    let cable = Arc::new(Cable(net));
    let ids = Arc::new(SeededIds::new(4));
    let dialer = Dialer::new(NODE, Arc::new(node_key()), second.local.clone(), Lines::default(), cable, ids, Rhythm::default());
    let follower = tokio::spawn(async move { dialer.run(std::future::pending()).await });
    for round in 0..5 {
        trade(&*world.store.journal, key(Stream::Floor), 200, 10 + round).await;
        trade(&*world.cloud.journal, key(Stream::Money), 100, 20 + round).await;
        seconds(3).await;
    }
    for stream in [Stream::Floor, Stream::Money] {
        same_story(&*world.store.journal, &*world.cloud.journal, key(stream)).await;
        same_story(&*world.store.journal, &*second.journal, key(stream)).await;
    }
    // The first box dies, a person confirms, the second dials the cloud as the store.
    follower.abort();
    up.stop().await;
    let promoted = second.journal.take_over(key(Stream::Floor)).await.unwrap();
    assert!(promoted > world.store.journal.head(key(Stream::Floor)).await.unwrap().epoch);
    second.house.roles.lock().unwrap().insert(Stream::Floor, Role::Home);
    trade(&*second.journal, key(Stream::Floor), 100, 90).await;
    let up = world.dial_as(&second, 7);
    same_story(&*second.journal, &*world.cloud.journal, key(Stream::Floor)).await;
    assert_eq!(world.book.found(), []);
    // The first one, back from the dead, is kept out.
    let dead = world.dial(8);
    seconds(60).await;
    assert!(world.store.local.status.now().trouble.is_some_and(link::Trouble::is_grave));
    same_story(&*second.journal, &*world.cloud.journal, key(Stream::Floor)).await;
    dead.stop().await;
    up.stop().await;
}
