// The first screen: a complaint is written down in seconds, and kept as it is typed.

import Floorwalk
import FloorwalkUI
import PhotosUI
import SwiftUI

struct CaptureScreen: View {
    @State private var model: CaptureModel
    @State private var picked: [PhotosPickerItem] = []
    private let replica: Replica

    init(replica: Replica) {
        self.replica = replica
        _model = State(initialValue: CaptureModel(replica: replica))
    }

    var body: some View {
        NavigationStack {
            Form {
                Section {
                    TextField(
                        says("发生了什么？", "What happened?"), text: $model.fields.text, axis: .vertical
                    )
                    .lineLimit(4...12)
                    photos
                }
                Section {
                    TextField(says("房号", "Room"), text: $model.fields.room)
                    TextField(says("投诉人", "Complainant"), text: $model.fields.complainant)
                    TextField(says("电话", "Telephone"), text: $model.fields.phone)
                        .keyboardType(.phonePad)
                    TextField(says("诉求", "Demand"), text: $model.fields.demand)
                    picker(says("严重程度", "Severity"), .severity, $model.fields.severity)
                    picker(says("渠道", "Channel"), .channel, $model.fields.channel)
                }
                if !model.missing.isEmpty {
                    Section(says("还缺", "Still missing")) { ChipRow(chips: model.missing) }
                }
                Section { record }
            }
            .navigationTitle(model.fields.building)
        }
        .task { await model.restore(building: await firstBuilding()) }
        .onChange(of: picked) { _, items in Task { await take(items) } }
    }

    private var photos: some View {
        ScrollView(.horizontal) {
            HStack {
                PhotosPicker(selection: $picked, matching: .images) {
                    Label(says("照片", "Photo"), systemImage: "camera")
                }
                ForEach(model.photos, id: \.id) { photo in
                    DraftPhotoView(photo: photo) { Task { await model.removePhoto(photo) } }
                }
            }
        }
    }

    @ViewBuilder private var record: some View {
        Button(says("记录投诉", "Record")) { Task { await model.record() } }
            .disabled(!model.canRecord)
        switch model.keeping {
        case .nothing: EmptyView()
        case .saving: Text(says("正在保存…", "Saving…")).font(.footnote)
        case .saved: Text(says("草稿已存本机", "The draft is kept here")).font(.footnote)
        case .failed(let failure): FailureLine(failure: failure)
        }
        if let recorded = model.recorded {
            Label(recorded.number, systemImage: "checkmark.circle")
                .accessibilityLabel(
                    says("已存本机 \(recorded.number)", "Kept here as \(recorded.number)"))
        }
        if let failure = model.failure { FailureLine(failure: failure) }
    }

    private func picker(_ title: String, _ kind: WordKind, _ key: Binding<String>) -> some View {
        Picker(title, selection: key) {
            Text("—").tag("")
            ForEach(kind.keys, id: \.self) { Text(kind.word(for: $0)).tag($0) }
        }
    }

    private func firstBuilding() async -> String {
        (try? await replica.community())?.buildings.first?.name ?? ""
    }

    private func take(_ items: [PhotosPickerItem]) async {
        picked = []
        for item in items {
            guard let data = try? await item.loadTransferable(type: Data.self),
                let file = try? PhotoIntake.writeJPEG(data)
            else { continue }
            await model.addPhoto(file)
            try? FileManager.default.removeItem(at: file)
        }
    }
}

/// A photo of the draft, with a way to take it out.
struct DraftPhotoView: View {
    let photo: DraftPhoto
    let remove: @MainActor () -> Void

    var body: some View {
        AsyncImage(url: URL(fileURLWithPath: photo.path)) { image in
            image.resizable().scaledToFill()
        } placeholder: {
            ProgressView()
        }
        .frame(width: 72, height: 72)
        .clipShape(RoundedRectangle(cornerRadius: 8))
        .overlay(alignment: .topTrailing) {
            Button(action: remove) { Image(systemName: "xmark.circle.fill") }
                .accessibilityLabel(says("移除照片", "Remove the photo"))
        }
    }
}

/// Keys as small things in a row.
struct ChipRow: View {
    let chips: [Chip]

    var body: some View {
        ScrollView(.horizontal) {
            HStack {
                ForEach(chips) { chip in
                    Text(chip.word)
                        .font(.footnote)
                        .padding(.horizontal, 10)
                        .padding(.vertical, 4)
                        .background(.orange.opacity(0.2), in: Capsule())
                }
            }
        }
    }
}
