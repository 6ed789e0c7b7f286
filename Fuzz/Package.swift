// swift-tools-version: 6.1
import PackageDescription

// The readers of files, each with a libFuzzer entry. A package of its own, as every target here is
// built with the fuzzer's instrumentation; the sources are the toolkit's own, by symbolic links.

/// Entries and what they read with.
let entries: [(name: String, dependencies: [Target.Dependency])] = [
  ("FuzzPNG", ["Imaging"]), ("FuzzJPEG", ["Geometry", "Imaging"]), ("FuzzEXIF", ["Imaging"]),
  ("FuzzONNX", ["ModelFormats"]), ("FuzzDarknetConfiguration", ["ModelFormats"]),
  ("FuzzDarknetWeights", ["ModelFormats"]), ("FuzzNumPy", ["ModelFormats"]),
  ("FuzzSafeTensors", ["ModelFormats"]), ("FuzzManifest", ["Detectors", "StrictJSON"]),
  ("FuzzAnnotations", ["Geometry", "Interchange", "StrictJSON"]),
  ("FuzzRecords", ["Interchange", "StrictJSON"]),
]

let package = Package(
  name: "detect-fuzz",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: [])
  ],
  targets: [
    .systemLibrary(name: "SystemPNG", pkgConfig: "libpng"),
    .systemLibrary(name: "SystemJPEG", pkgConfig: "libjpeg"),
    .systemLibrary(name: "SystemZlib", pkgConfig: "zlib"),
    .target(name: "CImageCodecs", dependencies: ["SystemPNG", "SystemJPEG"]),
    .target(name: "CKernels"),
    .target(name: "CMTCNNWeights", exclude: ["LICENSE", "mtcnn.weights"]),
    .target(name: "Files"),
    .target(name: "StrictJSON"),
    .target(name: "Geometry"),
    .target(name: "Imaging", dependencies: ["Geometry", "Files", "CImageCodecs", "CKernels"]),
    .target(name: "Neural", dependencies: ["CKernels"]),
    .target(
      name: "ModelFormats",
      dependencies: [
        "Neural", "Files", "StrictJSON", "SystemZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], exclude: ["Generated/onnx.proto", "Generated/README.md"]),
    .target(
      name: "Detectors",
      dependencies: [
        "Geometry", "Imaging", "Neural", "ModelFormats", "Files", "StrictJSON", "CMTCNNWeights",
      ]),
    .target(name: "Interchange", dependencies: ["Geometry", "Files", "StrictJSON"]),
  ]
    + entries.map { entry in
      .executableTarget(
        name: entry.name, dependencies: entry.dependencies,
        swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    },
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
