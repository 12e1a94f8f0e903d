//! The manners of fetching, against a server of this machine.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;

use super::http::server::Server as TileServer;
use super::*;
use crate::tileset::decode;

#[path = "../../tests/it/server.rs"]
mod server;

use self::server::{Reply, Request, Server};

const WORLD: TileId = TileId { z: 0, x: 0, y: 0 };
const QUARTERS: [TileId; 4] = [
    TileId { z: 1, x: 1, y: 1 },
    TileId { z: 1, x: 0, y: 1 },
    TileId { z: 1, x: 1, y: 0 },
    TileId { z: 1, x: 0, y: 0 },
];

/// A server, and a folder to keep its tiles in.
struct Scene {
    server: Server,
    folder: TempDir,
}

impl Scene {
    fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            server: Server::start(answer),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn options(&self) -> BaseMapOptions {
        BaseMapOptions {
            base: self.server.url(),
            cache: Some(self.folder.path().to_owned()),
            ..BaseMapOptions::default()
        }
    }

    fn tiles(&self) -> BaseMap {
        impatient(&self.options())
    }

    fn fetch(&self, tiles: &[TileId]) -> Result<Vec<Option<Raster>>> {
        self.tiles().fetch(tiles, &|_| ())
    }

    /// What is said when the one tile cannot be had.
    fn failure(&self) -> String {
        let error = self.fetch(&[WORLD]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Network);
        error.to_string()
    }

    fn asked(&self) -> usize {
        self.server.requests().len()
    }

    /// The files of the cache, temporary ones too.
    fn kept(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        folders
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

fn impatient(options: &BaseMapOptions) -> BaseMap {
    let mut tiles = BaseMap::open(options).unwrap();
    web(&mut tiles).patience.pause = Duration::from_millis(1);
    tiles
}

fn web(tiles: &mut BaseMap) -> &mut TileServer {
    match &mut tiles.source {
        TileSource::Server(web) => web,
        source @ TileSource::Store(_) => panic!("{source:?} is not on the web"),
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiles")
}

fn bytes(tile: TileId) -> Vec<u8> {
    fs::read(data().join(format!("{tile}.png"))).unwrap()
}

fn picture(tile: TileId) -> Option<Raster> {
    decode::picture(&bytes(tile)).ok()
}

/// The tile that is asked for.
fn tile(request: &Request) -> Reply {
    fs::read(data().join(&request.path[1..]))
        .map_or_else(|_| Reply::new(404, "none"), |bytes| Reply::new(200, bytes))
}

fn world(_: &Request) -> Reply {
    Reply::new(200, bytes(WORLD))
}

fn blank(width: u32, height: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    ::image::RgbaImage::new(width, height)
        .write_to(&mut png, ::image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

mod manners {
    use super::*;

    #[test]
    fn tiles_come_in_the_order_asked_over_two_connections() {
        let scene = Scene::new(|request| tile(request).after(Duration::from_millis(20)));
        let heard = Mutex::new(Vec::new());
        let got = scene
            .tiles()
            .fetch(&QUARTERS, &|done| heard.lock().unwrap().push(done))
            .unwrap();
        assert_eq!(got, QUARTERS.map(picture));
        assert!(scene.server.connections() <= 2);
        let mut heard = heard.into_inner().unwrap();
        heard.sort_unstable();
        assert_eq!(heard, [1, 2, 3, 4]);
    }

    #[test]
    fn the_program_says_its_name() {
        let scene = Scene::new(world);
        scene.fetch(&[WORLD]).unwrap();
        let requests = scene.server.requests();
        let name = requests[0].header("user-agent").unwrap();
        assert_eq!(name, concat!("heatmap/", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn too_many_tiles_are_refused_before_the_first() {
        let scene = Scene::new(world);
        let tiles = impatient(&BaseMapOptions {
            max_tiles: 3,
            ..scene.options()
        });
        let error = tiles.fetch(&QUARTERS, &|_| ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        assert_eq!(error.remedy, Some(Remedy::SmallerZoomOrMoreTiles));
        assert_eq!(scene.asked(), 0);
    }

    #[test]
    fn openstreetmap_is_asked_for_few_tiles_whatever_its_name() {
        for host in [
            "tile.openstreetmap.org",
            "TILE.openstreetmap.org.",
            "{s}.tile.openstreetmap.org",
        ] {
            let options = BaseMapOptions {
                base: format!("https://{host}"),
                max_tiles: 9999,
                ..BaseMapOptions::default()
            };
            let error = BaseMap::open(&options)
                .unwrap()
                .fetch(&[WORLD; 257], &|_| ())
                .unwrap_err();
            assert_eq!(error.kind, ErrorKind::Limit);
            assert_eq!(error.remedy, Some(Remedy::SmallerZoomForOsm));
        }
        let options = BaseMapOptions {
            base: "https://tile.openstreetmap.org.example".into(),
            ..BaseMapOptions::default()
        };
        assert!(!BaseMap::open(&options).unwrap().source.is_osm());
    }

    #[test]
    fn the_key_is_sent_and_never_shown() {
        let replies = [
            Reply::new(404, "none"),
            Reply::new(403, "none"),
            Reply::new(200, "no key topsecret here").header("Content-Type", "text/plain"),
            Reply::new(302, "").header("Location", "/elsewhere?key=topsecret"),
            Reply::new(302, "").header("Location", "http://[topsecret"),
            Reply::new(503, "").header("Retry-After", "9999"),
        ];
        for reply in replies {
            let said = format!("{reply:?}");
            let scene = Scene::new(move |_| reply.clone());
            let template = "/{z}/{x}/{y}.png?key=topsecret".into();
            let tiles = impatient(&BaseMapOptions {
                template,
                ..scene.options()
            });
            let error = tiles.fetch(&[WORLD], &|_| ()).unwrap_err().to_string();
            assert!(!error.contains("topsecret"), "{error}");
            assert!(error.contains("/0/0/0.png: "), "{error} after {said}");
            assert_eq!(scene.server.requests()[0].path, "/0/0/0.png?key=topsecret");
        }
    }

    #[test]
    fn a_server_on_this_machine_is_reached_without_a_proxy() {
        assert!(
            web(&mut Scene::new(world).tiles())
                .agent()
                .config()
                .proxy()
                .is_none()
        );
    }

    /// Runs itself a second time, since the environment of a program that runs cannot be changed.
    #[test]
    fn the_proxy_of_the_environment_is_used() {
        let Some(cache) = std::env::var_os("HEATMAP_TEST_CACHE") else {
            let tunnel = |request: &Request| request.path == "tiles.test:80";
            let proxy = Scene::new(move |request| {
                if tunnel(request) {
                    Reply::new(200, "")
                } else {
                    tile(request)
                }
            });
            through(
                &proxy,
                "basemap::tests::manners::the_proxy_of_the_environment_is_used",
            );
            return assert!(tunnel(&proxy.server.requests()[0]));
        };
        let options = BaseMapOptions {
            base: "http://tiles.test".into(),
            cache: Some(cache.into()),
            ..BaseMapOptions::default()
        };
        assert_eq!(
            impatient(&options).fetch(&[WORLD], &|_| ()).unwrap(),
            [picture(WORLD)]
        );
    }

    /// Runs a test with a proxy.
    fn through(proxy: &Scene, test: &str) {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        for name in ["ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            child.env_remove(name);
        }
        child
            .env("HTTPS_PROXY", proxy.server.url())
            .env("HEATMAP_TEST_CACHE", proxy.folder.path());
        let output = child.args(["--exact", test]).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

mod answers {
    use super::*;

    /// What is said of an answer, which is asked for just once.
    fn said_of(reply: Reply) -> String {
        let scene = Scene::new(move |_| reply.clone());
        let said = scene.failure();
        assert_eq!(scene.asked(), 1, "{said}");
        assert!(scene.kept().is_empty());
        said
    }

    #[test]
    fn what_is_missing_fails_or_leaves_a_hole() {
        for status in [404, 410] {
            let scene = Scene::new(move |request| {
                if request.path.starts_with("/0") {
                    Reply::new(status, "")
                } else {
                    tile(request)
                }
            });
            assert!(
                scene
                    .failure()
                    .contains("/0/0/0.png: there is no such tile")
            );
            let tiles = impatient(&BaseMapOptions {
                missing: Missing::Blank,
                ..scene.options()
            });
            let got = tiles.fetch(&[QUARTERS[0], WORLD], &|_| ()).unwrap();
            assert_eq!(got, [picture(QUARTERS[0]), None]);
        }
    }

    #[test]
    fn a_refusal_is_no_tile_whatever_it_looks_like() {
        assert!(said_of(Reply::new(403, bytes(WORLD))).contains("403 Forbidden"));
        assert!(said_of(Reply::new(206, bytes(WORLD))).contains("206"));
        assert!(said_of(Reply::new(304, "")).contains("304"));
    }

    #[test]
    fn a_server_that_blocks_the_program_is_quoted() {
        let said = said_of(
            Reply::new(200, bytes(WORLD)).header("X-Blocked", "see\tosm.wiki/Blocked \u{9b}"),
        );
        assert!(
            said.contains("blocks this program, and says: see osm.wiki/Blocked"),
            "{said}"
        );
        assert!(!said.contains('\u{9b}'));
    }

    #[test]
    fn a_page_is_no_tile() {
        let said = said_of(
            Reply::new(200, "<html>\n\x1b[2J<b>Log in")
                .header("Content-Type", "text/html; charset=utf-8"),
        );
        assert!(
            said.contains(
                "not a picture but text/html; charset=utf-8, which begins: <html> [2J<b>Log in"
            ),
            "{said}"
        );
    }

    #[test]
    fn pictures_have_the_sizes_of_tiles() {
        assert!(said_of(Reply::new(200, blank(256, 255))).contains("256 × 255 pixels"));
        assert!(said_of(Reply::new(200, bomb())).contains("60000 × 60000 pixels"));
        assert!(
            said_of(Reply::new(200, vec![0; decode::MAX_BYTES + 1])).contains("larger than 2 MiB")
        );
    }

    /// A small file that claims to be a picture of 60,000 × 60,000 pixels.
    fn bomb() -> Vec<u8> {
        let mut png = blank(256, 256);
        png[16..24].copy_from_slice(&[60_000_u32.to_be_bytes(); 2].concat());
        let mut sum = flate2::Crc::new();
        sum.update(&png[12..29]);
        png[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        png
    }

    #[test]
    fn all_tiles_have_one_size() {
        let scene = Scene::new(|request| {
            let side = if request.path.starts_with("/0") {
                256
            } else {
                512
            };
            Reply::new(200, blank(side, side))
        });
        let error = scene.fetch(&[WORLD, QUARTERS[0]]).unwrap_err();
        assert!(
            error.to_string().contains("256 × 256 and 512 × 512"),
            "{error}"
        );
    }

    #[test]
    fn redirects_are_followed_three_times() {
        let scene = Scene::new(|request| {
            let number: usize = request.path[1..]
                .split('/')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            if number == 3 {
                world(request)
            } else {
                Reply::new(302, "").header("Location", &format!("/{}", number + 1))
            }
        });
        assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
        let endless = Scene::new(|request| Reply::new(301, "").header("Location", &request.path));
        assert!(endless.failure().contains("leads on more than 3 times"));
        assert_eq!(endless.asked(), 4);
    }

    #[test]
    fn redirects_lead_to_the_web_alone() {
        let said = said_of(Reply::new(302, "").header("Location", "ftp://127.0.0.1/0/0/0.png"));
        assert!(said.contains("ftp"), "{said}");
    }

    #[test]
    fn https_never_leads_to_http() {
        let scene = Scene::new(world);
        let mut tiles = BaseMap::open(&BaseMapOptions::default()).unwrap();
        // Every step of a redirect passes this rule, as the first does.
        let refused = web(&mut tiles)
            .agent()
            .get(scene.server.url())
            .call()
            .unwrap_err();
        assert!(
            matches!(refused, ureq::Error::RequireHttpsOnly(_)),
            "{refused}"
        );
        assert_eq!(scene.asked(), 0);
    }
}

mod trouble {
    use super::*;

    /// Gives this at first and then the tile; says how often it was asked.
    fn tries(first: Reply) -> usize {
        let scene = Scene::new(move |request| {
            if request.nth == 1 {
                first.clone()
            } else {
                tile(request)
            }
        });
        assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
        scene.asked()
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        for status in [429, 500, 501, 502, 503, 504, 505, 507, 599] {
            assert_eq!(tries(Reply::new(status, "busy")), 2, "{status}");
        }
        assert_eq!(tries(Reply::new(200, bytes(WORLD)).cut()), 2);
    }

    #[test]
    fn what_stays_is_tried_four_times() {
        let scene = Scene::new(|_| Reply::new(500, "broken"));
        let said = scene.failure();
        assert!(
            said.contains("/0/0/0.png: 500 Internal Server Error"),
            "{said}"
        );
        assert_eq!(scene.asked(), 4);
        let cut = Scene::new(|request| world(request).cut());
        assert!(cut.failure().contains("disconnected"));
        assert_eq!(cut.asked(), 4);
        assert!(cut.kept().is_empty());
    }

    #[test]
    fn a_server_is_left_alone_as_long_as_it_wants() {
        let begin = Instant::now();
        assert_eq!(tries(Reply::new(429, "").header("Retry-After", "1")), 2);
        assert!(begin.elapsed() >= Duration::from_secs(1));
        let long = Scene::new(|_| Reply::new(429, "").header("Retry-After", "3600"));
        assert!(long.failure().contains("after 3600 s"));
        assert_eq!(long.asked(), 1);
    }

    #[test]
    fn slow_servers_are_not_waited_for() {
        let scene = Scene::new(|request| world(request).after(Duration::from_secs(2)));
        let mut tiles = scene.tiles();
        web(&mut tiles).patience.read = Duration::from_millis(50);
        let error = tiles.fetch(&[WORLD], &|_| ()).unwrap_err().to_string();
        assert!(error.contains("no answer within 50ms"), "{error}");
        assert_eq!(scene.asked(), 4);
        let mut tiles = scene.tiles();
        web(&mut tiles).patience.whole = Duration::from_millis(50);
        let error = tiles.fetch(&[WORLD], &|_| ()).unwrap_err().to_string();
        assert!(error.contains("not all tiles came within 50ms"), "{error}");
    }

    #[test]
    fn nobody_at_home_is_said_at_once() {
        let scene = Scene::new(world);
        let options = BaseMapOptions {
            base: "http://127.0.0.1:1".into(),
            ..scene.options()
        };
        let error = impatient(&options).fetch(&[WORLD], &|_| ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Network);
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[test]
    fn the_first_failure_ends_all() {
        let scene = Scene::new(|request| match request.path.as_str() {
            "/1/0/1.png" => Reply::new(403, "").after(Duration::from_millis(50)),
            _ => tile(request).after(Duration::from_secs(5)),
        });
        let begin = Instant::now();
        let error = scene.fetch(&QUARTERS).unwrap_err().to_string();
        assert!(error.contains("1/0/1.png: 403"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(3));
        assert_eq!(scene.asked(), 2);
    }
}

mod kept {
    use super::*;

    #[test]
    fn what_is_kept_is_not_asked_for_again() {
        let scene = Scene::new(tile);
        scene.fetch(&QUARTERS).unwrap();
        assert_eq!(scene.fetch(&QUARTERS).unwrap(), QUARTERS.map(picture));
        assert_eq!(scene.asked(), 4);
    }

    #[test]
    fn a_stale_tile_is_asked_for_with_its_version() {
        let scene = Scene::new(|request| match request.header("if-none-match") {
            None => world(request)
                .header("Cache-Control", "max-age=0")
                .header("ETag", "\"v1\""),
            Some(version) => Reply::new(304, "")
                .header("ETag", version)
                .header("Cache-Control", "max-age=99"),
        });
        for asked in [1, 2, 2] {
            assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
            assert_eq!(scene.asked(), asked);
        }
        assert_eq!(
            scene.server.requests()[1].header("if-none-match"),
            Some("\"v1\"")
        );
    }

    #[test]
    fn a_stale_tile_is_replaced_by_a_new_one() {
        let day = "Sun, 06 Nov 1994 08:49:37 GMT";
        let scene = Scene::new(move |request| {
            let body = if request.header("if-modified-since").is_some() {
                bytes(QUARTERS[0])
            } else {
                bytes(WORLD)
            };
            Reply::new(200, body)
                .header("Expires", day)
                .header("Last-Modified", day)
        });
        assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
        assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(QUARTERS[0])]);
    }

    #[test]
    fn what_may_not_be_kept_is_not() {
        let scene = Scene::new(|request| world(request).header("Cache-Control", "no-store"));
        for asked in [1, 2] {
            scene.fetch(&[WORLD]).unwrap();
            assert_eq!(scene.asked(), asked);
        }
        assert!(scene.kept().is_empty());
    }

    #[test]
    fn damaged_files_are_fetched_again() {
        let scene = Scene::new(tile);
        scene.fetch(&[WORLD]).unwrap();
        let path = scene.kept().remove(0);
        let whole = fs::read(&path).unwrap();
        let flipped = [&whole[..whole.len() - 1], &[!whole[whole.len() - 1]]].concat();
        for (damaged, asked) in [(&whole[..0], 2), (&whole[..99], 3), (&flipped, 4)] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
            assert_eq!(scene.asked(), asked);
        }
    }

    #[test]
    fn offline_takes_what_is_kept_however_old() {
        let scene = Scene::new(|request| tile(request).header("Cache-Control", "no-cache"));
        scene.fetch(&[WORLD]).unwrap();
        let tiles = BaseMap::open(&BaseMapOptions {
            offline: true,
            ..scene.options()
        })
        .unwrap();
        assert_eq!(tiles.fetch(&[WORLD], &|_| ()).unwrap(), [picture(WORLD)]);
        let error = tiles.fetch(&QUARTERS[..1], &|_| ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Network);
        assert_eq!(error.remedy, Some(Remedy::FetchFirst));
        assert_eq!(scene.asked(), 1);
    }

    #[test]
    fn programs_share_a_folder() {
        let scene = Scene::new(tile);
        thread::scope(|scope| {
            let all: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| scene.fetch(&QUARTERS).unwrap()))
                .collect();
            for one in all {
                assert_eq!(one.join().unwrap(), QUARTERS.map(picture));
            }
        });
        assert_eq!(scene.kept().len(), 4);
        let tiles = BaseMap::open(&BaseMapOptions {
            offline: true,
            ..scene.options()
        })
        .unwrap();
        assert_eq!(
            tiles.fetch(&QUARTERS, &|_| ()).unwrap(),
            QUARTERS.map(picture)
        );
    }

    #[test]
    fn cold_caches_fetch_a_tile_once() {
        let scene = Scene::new(|request| tile(request).after(Duration::from_millis(30)));
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| assert_eq!(scene.fetch(&QUARTERS).unwrap(), QUARTERS.map(picture)));
            }
        });
        assert_eq!(scene.asked(), 4);
        assert_eq!(scene.kept().len(), 4, "no locks are left");
    }

    #[test]
    fn a_program_that_hangs_keeps_no_other_from_a_tile() {
        let scene = Scene::new(tile);
        scene.fetch(&[WORLD]).unwrap();
        let kept = scene.kept().remove(0);
        let hanging = fs::File::create(kept.with_extension("lock")).unwrap();
        hanging.lock().unwrap();
        // What is fresh is taken all the same.
        assert_eq!(scene.fetch(&[WORLD]).unwrap(), [picture(WORLD)]);
        assert_eq!(scene.asked(), 1);
        fs::remove_file(&kept).unwrap();
        let mut tiles = scene.tiles();
        web(&mut tiles).patience.read = Duration::from_millis(300);
        let begin = Instant::now();
        assert_eq!(tiles.fetch(&[WORLD], &|_| ()).unwrap(), [picture(WORLD)]);
        assert_eq!(scene.asked(), 2);
        assert!(begin.elapsed() >= Duration::from_millis(300));
    }

    #[test]
    fn the_cache_is_bounded_and_drops_what_was_not_used_for_longest() {
        let scene = Scene::new(tile);
        let mut tiles = scene.tiles();
        web(&mut tiles).cache.as_mut().unwrap().capacity = 50_000;
        let foreign = scene.folder.path().join("ab/notes.txt");
        fs::create_dir_all(foreign.parent().unwrap()).unwrap();
        fs::write(&foreign, vec![0; 60_000]).unwrap();
        // The world is used now and then, so it stays while the others come and go.
        for tile in [WORLD, QUARTERS[0], WORLD, QUARTERS[1], WORLD, QUARTERS[2]] {
            tiles.fetch(&[tile], &|_| ()).unwrap();
        }
        assert!(foreign.exists());
        let asked = scene.asked();
        tiles.fetch(&[WORLD, QUARTERS[2]], &|_| ()).unwrap();
        assert_eq!(scene.asked(), asked);
        tiles.fetch(&[QUARTERS[0]], &|_| ()).unwrap();
        assert_eq!(scene.asked(), asked + 1);
    }

    #[test]
    fn without_a_cache_that_can_be_written_tiles_come_all_the_same() {
        let scene = Scene::new(tile);
        let file = scene.folder.path().join("file");
        fs::write(&file, "").unwrap();
        let tiles = impatient(&BaseMapOptions {
            cache: Some(file),
            ..scene.options()
        });
        for _ in 0..2 {
            assert_eq!(tiles.fetch(&[WORLD], &|_| ()).unwrap(), [picture(WORLD)]);
        }
        assert_eq!(scene.asked(), 2);
    }
}

mod files {
    use super::*;

    fn open(base: impl Into<String>) -> Result<BaseMap> {
        BaseMap::open(&BaseMapOptions {
            base: base.into(),
            ..BaseMapOptions::default()
        })
    }

    #[test]
    fn a_folder_has_tiles() {
        let folder = data();
        for base in [
            format!("file://{}", folder.display()),
            format!("FILE:{}", folder.display()),
        ] {
            let tiles = open(base).unwrap();
            assert_eq!(
                tiles.fetch(&QUARTERS, &|_| ()).unwrap(),
                QUARTERS.map(picture)
            );
            assert_eq!(
                (tiles.name(), matches!(tiles.source, TileSource::Store(_))),
                (folder.display().to_string(), true)
            );
            let error = tiles
                .fetch(&[TileId { z: 9, x: 0, y: 0 }], &|_| ())
                .unwrap_err();
            assert_eq!(error.kind, ErrorKind::Input);
            assert!(
                error
                    .to_string()
                    .contains("tiles/9/0/0.png: there is no such tile"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_broken_file_is_an_error_even_where_holes_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a b/0/0")).unwrap();
        fs::write(folder.path().join("a b/0/0/0.png"), &bytes(WORLD)[..999]).unwrap();
        let base = format!("file://{}/a%20b", folder.path().display());
        let tiles = BaseMap::open(&BaseMapOptions {
            base,
            missing: Missing::Blank,
            ..BaseMapOptions::default()
        })
        .unwrap();
        assert_eq!(
            tiles.fetch(&QUARTERS, &|_| ()).unwrap(),
            [const { None }; 4]
        );
        let error = tiles.fetch(&[WORLD], &|_| ()).unwrap_err();
        assert!(
            error.to_string().contains("a b/0/0/0.png: not a picture"),
            "{error}"
        );
    }

    /// An `MBTiles` file with the quarters, whose format is said to be this.
    fn mbtiles(folder: &TempDir, format: &str) -> PathBuf {
        let path = folder.path().join("relief.MBTiles");
        let database = Connection::open(&path).unwrap();
        let tables = "CREATE TABLE metadata (name text, value text);
            CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);";
        database.execute_batch(tables).unwrap();
        database
            .execute("INSERT INTO metadata VALUES ('format', ?1)", [format])
            .unwrap();
        for tile in QUARTERS {
            let row = (tile.z, tile.x, 1 - tile.y, bytes(tile));
            database
                .execute("INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)", row)
                .unwrap();
        }
        database
            .execute("INSERT INTO tiles VALUES (5, 0, 31, 'rubbish')", [])
            .unwrap();
        path
    }

    #[test]
    fn an_mbtiles_file_has_tiles_counted_from_the_south() {
        let folder = tempfile::tempdir().unwrap();
        let path = mbtiles(&folder, "png").display().to_string();
        for base in [path.clone(), format!("file://{path}")] {
            let tiles = open(base).unwrap();
            assert_eq!(
                tiles.fetch(&QUARTERS, &|_| ()).unwrap(),
                QUARTERS.map(picture)
            );
            let error = tiles.fetch(&[WORLD], &|_| ()).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("relief.MBTiles: tile 0/0/0: there is no such tile"),
                "{error}"
            );
            let error = tiles
                .fetch(&[TileId { z: 5, x: 0, y: 0 }], &|_| ())
                .unwrap_err();
            assert!(
                error.to_string().contains("relief.MBTiles: tile 5/0/0: "),
                "{error}"
            );
        }
    }

    #[test]
    fn sources_that_are_none_are_found_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.mbtiles");
        fs::write(&text, "no database").unwrap();
        for (base, fact) in [
            (text.display().to_string(), "not an MBTiles file"),
            (
                mbtiles(&folder, "pbf").display().to_string(),
                "vector tiles",
            ),
            ("missing.mbtiles".into(), "missing.mbtiles"),
            ("file:///missing/folder".into(), "no such folder"),
            ("file://server/folder".into(), "another machine"),
            (
                "tile.openstreetmap.org?key=secret".into(),
                "tile.openstreetmap.org is no source of tiles",
            ),
            ("https://".into(), "not proper"),
        ] {
            let error = open(base).unwrap_err();
            assert!(error.to_string().contains(fact), "{error}");
        }
    }
}
