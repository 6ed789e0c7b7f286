// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "detect",
  platforms: [.macOS(.v13)],
  products: [.executable(name: "detect", targets: ["detect"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Without traits it needs FoundationEssentials only: Foundation would add 38 MB of ICU's tables.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "SystemPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "SystemJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "SystemZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CImageCodecs", dependencies: ["SystemPNG", "SystemJPEG"]),
    .target(name: "CKernels"),
    .target(name: "CCatalogue", exclude: ["catalogue.json"]),
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
      ],
      exclude: ["Generated/onnx.proto", "Generated/README.md"]),
    .target(
      name: "Detectors",
      dependencies: [
        "Geometry", "Imaging", "Neural", "ModelFormats", "Files", "StrictJSON", "CMTCNNWeights",
      ]),
    .target(name: "Pyramids", dependencies: ["Geometry", "Imaging", "Neural", "Detectors"]),
    .target(name: "Evaluation", dependencies: ["Geometry"]),
    .target(name: "Interchange", dependencies: ["Geometry", "Files", "StrictJSON"]),
    .executableTarget(
      name: "detect",
      dependencies: [
        "Geometry", "Imaging", "Neural", "ModelFormats", "Detectors", "Pyramids", "Evaluation",
        "Interchange", "Files", "StrictJSON", "CCatalogue",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestSupport", dependencies: ["Geometry", "Imaging", "Neural", "StrictJSON"],
      path: "Tests/TestSupport"),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON", "TestSupport"]),
    .testTarget(
      name: "GeometryTests", dependencies: ["Geometry", "StrictJSON", "TestSupport"]),
    .testTarget(
      name: "ImagingTests",
      dependencies: [
        "Imaging", "CImageCodecs", "Files", "Geometry", "StrictJSON", "TestSupport",
      ]),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "TestSupport"]),
    .testTarget(
      name: "NeuralTests", dependencies: ["Neural", "CKernels", "StrictJSON", "TestSupport"]),
    .testTarget(
      name: "ModelFormatsTests",
      dependencies: [
        "ModelFormats", "Neural", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(
      name: "DetectorsTests",
      dependencies: [
        "Detectors", "Geometry", "Imaging", "Neural", "ModelFormats", "StrictJSON", "TestSupport",
      ]),
    .testTarget(
      name: "PyramidsTests",
      dependencies: [
        "Pyramids", "Detectors", "Geometry", "Imaging", "Neural", "ModelFormats", "StrictJSON",
        "TestSupport",
      ]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "Geometry", "Interchange", "StrictJSON", "TestSupport"]),
    .testTarget(
      name: "InterchangeTests",
      dependencies: ["Interchange", "Geometry", "StrictJSON", "TestSupport"]),
    .testTarget(
      name: "detectTests",
      dependencies: [
        "detect", "Geometry", "Imaging", "Neural", "ModelFormats", "StrictJSON", "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
