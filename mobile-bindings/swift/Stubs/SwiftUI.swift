// A stub for checking types; see README.md.

@_exported import Foundation
@_exported import UIKit

// MARK: Views and what builds them

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

/// A view without a body of its own.
public protocol Primitive: View where Body == Never {}

extension Primitive {
    public var body: Never { fatalError() }
}

public struct EmptyView: Primitive { public init() {} }
public struct TupleView<Content>: Primitive {}
public struct Either<One: View, Other: View>: Primitive {}
extension Optional: View where Wrapped: View { public var body: Never { fatalError() } }

@MainActor @resultBuilder public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(
        _ content: repeat each Content
    ) -> TupleView<(repeat each Content)> { TupleView() }
    public static func buildOptional<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<One: View, Other: View>(first: One) -> Either<One, Other> {
        Either()
    }
    public static func buildEither<One: View, Other: View>(second: Other) -> Either<One, Other> {
        Either()
    }
}

public struct Text: Primitive {
    public init<Words: StringProtocol>(_ words: Words) {}
    public init<Format: FormatStyle>(_ value: Format.FormatInput, format: Format)
    where Format.FormatInput: Equatable, Format.FormatOutput == String {}
}
public struct Label: Primitive {
    public init<Words: StringProtocol>(_ words: Words, systemImage: String) {}
}
public struct Image: Primitive {
    public init(systemName: String) {}
    public init(uiImage: UIImage) {}
    public func resizable() -> Image { self }
}
public struct Spacer: Primitive { public init() {} }
public struct ProgressView: Primitive {
    public init() {}
    public init(value: Double?) {}
}
public struct AsyncImage<Content: View>: Primitive {
    public init<Shown: View, Waiting: View>(
        url: URL?, @ViewBuilder content: @escaping (Image) -> Shown,
        @ViewBuilder placeholder: @escaping () -> Waiting
    ) where Content == Either<Shown, Waiting> {}
}
public struct Button<Content: View>: Primitive {
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {}
    public init<Words: StringProtocol>(_ words: Words, action: @escaping @MainActor () -> Void)
    where Content == Text {}
}
public struct TextField: Primitive {
    public init<Words: StringProtocol>(_ words: Words, text: Binding<String>) {}
    public init<Words: StringProtocol>(_ words: Words, text: Binding<String>, axis: Axis) {}
}
public struct Picker<Selection: Hashable, Content: View>: Primitive {
    public init<Words: StringProtocol>(
        _ words: Words, selection: Binding<Selection>, @ViewBuilder content: () -> Content
    ) {}
}
public struct ForEach<Items: RandomAccessCollection, ID: Hashable, Content: View>: Primitive {
    public init(
        _ items: Items, id: KeyPath<Items.Element, ID>,
        @ViewBuilder content: @escaping (Items.Element) -> Content
    ) {}
}
extension ForEach where Items.Element: Identifiable, ID == Items.Element.ID {
    public init(_ items: Items, @ViewBuilder content: @escaping (Items.Element) -> Content) {}
}
public struct NavigationLink<Content: View>: Primitive {
    public init<Value: Hashable>(value: Value?, @ViewBuilder label: () -> Content) {}
}
public struct Form<Content: View>: Primitive { public init(@ViewBuilder content: () -> Content) {} }
public struct List<Content: View>: Primitive { public init(@ViewBuilder content: () -> Content) {} }
public struct TabView<Content: View>: Primitive {
    public init(@ViewBuilder content: () -> Content) {}
}
public struct NavigationStack<Content: View>: Primitive {
    public init(@ViewBuilder root: () -> Content) {}
}
public struct ScrollView<Content: View>: Primitive {
    public init(_ axis: Axis, @ViewBuilder content: () -> Content) {}
}
public struct Section<Content: View>: Primitive {
    public init(@ViewBuilder content: () -> Content) {}
    public init<Words: StringProtocol>(_ words: Words, @ViewBuilder content: () -> Content) {}
}
public struct VStack<Content: View>: Primitive {
    public init(
        alignment: HorizontalAlignment = .center, spacing: Double? = nil,
        @ViewBuilder content: () -> Content
    ) {}
}
public struct HStack<Content: View>: Primitive {
    public init(spacing: Double? = nil, @ViewBuilder content: () -> Content) {}
}

// MARK: Small values

public enum Axis: Sendable { case horizontal, vertical }
public enum HorizontalAlignment: Sendable { case leading, center, trailing }
public enum Alignment: Sendable { case center, topTrailing }
public enum Edges: Sendable { case all, horizontal, vertical }
public enum Font: Sendable { case headline, subheadline, footnote, caption2 }
public enum ScenePhase: Sendable { case background, inactive, active }
public enum TextInputAutocapitalization: Sendable { case never }
public enum UIKeyboardType: Sendable { case phonePad }
public enum AccessibilityChildBehavior: Sendable { case ignore, combine }

public protocol ShapeStyle: Sendable {}
public struct Color: ShapeStyle {
    public static let red = Color()
    public static let green = Color()
    public static let secondary = Color()
    public static let orange = Color()
    public func opacity(_ share: Double) -> Color { self }
}
public struct Material: ShapeStyle { public static let bar = Material() }
extension ShapeStyle where Self == Color {
    public static var red: Color { Color() }
    public static var green: Color { Color() }
    public static var secondary: Color { Color() }
    public static var orange: Color { Color() }
}
extension ShapeStyle where Self == Material {
    public static var bar: Material { Material() }
}
public protocol Shape {}
public struct Capsule: Shape { public init() {} }
public struct RoundedRectangle: Shape { public init(cornerRadius: Double) {} }

// MARK: State

@propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) { fatalError() }
    public init(initialValue: Value) { fatalError() }
    @MainActor public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
    @MainActor public var projectedValue: Binding<Value> { fatalError() }
}

extension State where Value: ExpressibleByNilLiteral {
    public init() { fatalError() }
}

@propertyWrapper @dynamicMemberLookup public struct Binding<Value> {
    public init(get: @escaping () -> Value, set: @escaping (Value) -> Void) {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { self }
    public subscript<Part>(dynamicMember path: WritableKeyPath<Value, Part>) -> Binding<Part> {
        fatalError()
    }
}

public struct EnvironmentValues {
    public var scenePhase: ScenePhase { .active }
}

@propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    @MainActor public var wrappedValue: Value { fatalError() }
}

// MARK: Apps

@MainActor @preconcurrency public protocol Scene {
    associatedtype Body: Scene
    var body: Body { get }
}

extension Never: Scene {}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { fatalError() }
}

extension Scene {
    public func onChange<Value: Equatable>(
        of value: Value, _ action: @escaping (Value, Value) -> Void
    ) -> some Scene { self }
}

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    var body: Body { get }
    init()
}

extension App {
    public static func main() {}
}

// MARK: Modifiers

extension View {
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View {
        self
    }
    public func task<ID: Equatable>(
        id: ID, _ action: @escaping @MainActor @Sendable () async -> Void
    ) -> some View { self }
    public func onChange<Value: Equatable>(
        of value: Value, _ action: @escaping @MainActor (Value, Value) -> Void
    ) -> some View { self }
    public func onOpenURL(_ action: @escaping @MainActor (URL) -> Void) -> some View { self }
    public func overlay<Content: View>(
        alignment: Alignment = .center, @ViewBuilder content: () -> Content
    ) -> some View { self }
    public func toolbar<Content: View>(@ViewBuilder content: () -> Content) -> some View { self }
    public func tabItem<Content: View>(@ViewBuilder _ content: () -> Content) -> some View { self }
    public func navigationTitle<Words: StringProtocol>(_ words: Words) -> some View { self }
    public func navigationDestination<Value: Hashable, Content: View>(
        for type: Value.Type, @ViewBuilder destination: @escaping (Value) -> Content
    ) -> some View { self }
    public func tag<Value: Hashable>(_ value: Value) -> some View { self }
    public func disabled(_ is: Bool) -> some View { self }
    public func font(_ font: Font?) -> some View { self }
    public func foregroundStyle<Style: ShapeStyle>(_ style: Style) -> some View { self }
    public func background<Style: ShapeStyle>(_ style: Style) -> some View { self }
    public func background<Style: ShapeStyle, Outline: Shape>(
        _ style: Style, in outline: Outline
    ) -> some View { self }
    public func clipShape<Outline: Shape>(_ outline: Outline) -> some View { self }
    public func padding(_ edges: Edges = .all, _ points: Double? = nil) -> some View { self }
    public func frame(width: Double? = nil, height: Double? = nil) -> some View { self }
    public func scaledToFit() -> some View { self }
    public func scaledToFill() -> some View { self }
    public func lineLimit(_ lines: ClosedRange<Int>) -> some View { self }
    public func keyboardType(_ type: UIKeyboardType) -> some View { self }
    public func autocorrectionDisabled(_ is: Bool = true) -> some View { self }
    public func textInputAutocapitalization(_ how: TextInputAutocapitalization?) -> some View {
        self
    }
    public func accessibilityLabel<Words: StringProtocol>(_ words: Words) -> some View { self }
    public func accessibilityIdentifier(_ name: String) -> some View { self }
    public func accessibilityElement(children: AccessibilityChildBehavior) -> some View { self }
}
