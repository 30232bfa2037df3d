// The sample app: thin views over the models of FloorwalkUI.
//
// Owns the one replica and its way into the background. Left out: all logic, which is tested with
// the package.

import Floorwalk
import FloorwalkUI
import SwiftUI

@main
struct SampleApp: App {
    @Environment(\.scenePhase) private var phase
    private let replica: Replica
    private let life: AppLife
    private let background: BackgroundSync

    init() {
        guard let folder = try? ReplicaFolder.make() else {
            fatalError("an app without its own folder can't do anything")
        }
        replica = Replica(folder: folder, keychain: AppleKeychain(service: "dev.floorwalk.sample"))
        life = AppLife(replica: replica)
        background = BackgroundSync(identifier: "dev.floorwalk.sample.sync", replica: replica)
        background.register()
    }

    var body: some Scene {
        WindowGroup {
            RootScreen(replica: replica)
        }
        .onChange(of: phase) { _, phase in
            switch phase {
            case .background:
                try? background.schedule()
                life.enterBackground()
            case .active: life.becomeActive()
            default: break
            }
        }
    }
}

/// Joining first, then everything else.
struct RootScreen: View {
    let replica: Replica
    @State private var isMember: Bool?

    var body: some View {
        switch isMember {
        case nil:
            ProgressView().task { isMember = (try? await replica.isMember()) ?? false }
        case false?:
            JoinScreen(replica: replica) { isMember = true }
        case true?:
            MainScreen(replica: replica)
        }
    }
}

/// Capture first; the list is one tap away; how syncing stands is always seen.
struct MainScreen: View {
    let replica: Replica

    var body: some View {
        VStack(spacing: 0) {
            TabView {
                CaptureScreen(replica: replica)
                    .tabItem { Label(says("记录", "Record"), systemImage: "square.and.pencil") }
                ListScreen(replica: replica)
                    .tabItem { Label(says("本楼投诉", "My building"), systemImage: "list.bullet") }
            }
            SyncLine(replica: replica)
        }
        .task { replica.startLive() }
    }
}

/// Words in the language that the phone prefers.
func says(_ chinese: String, _ english: String) -> String {
    switch Language.preferred {
    case .chinese: chinese
    case .english: english
    }
}
