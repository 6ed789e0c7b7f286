internal import ArgumentParser
internal import Files
internal import Imaging
internal import Interchange

/// `detect decode PHOTO --output x.ppm|x.png`: the pixels as the detectors see them.
struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Write a picture's upright RGB pixels as PPM or PNG.")

  @Argument(help: "A PNG or JPEG file, whatever its name.")
  var photo: String

  @Option(name: .shortAndLong, help: "The file to write; its name ends with .ppm or .png.")
  var output: String

  @Flag(help: "Leave the EXIF orientation alone.")
  var rawOrientation = false

  @OptionGroup var picture: PictureArguments

  private enum Encoding { case ppm, png }

  private var encoding: Encoding? {
    let name = output.lowercased()
    return name.hasSuffix(".ppm") ? .ppm : name.hasSuffix(".png") ? .png : nil
  }

  func validate() throws {
    guard encoding != nil else {
      throw ValidationError("--output \(output): the name ends with .ppm or .png")
    }
  }

  func run() throws {
    let path = RawArguments.path(for: photo)
    let decoder = picture.decoder(applyOrientation: !rawOrientation)
    let image: Image
    do {
      let decoded = try decode(path, with: decoder)
      if decoded.isTruncated { StandardStreams.message("\(path.shown): truncated, filled in") }
      image = decoded.image
    } catch {
      throw CommandFailure(.someInputFailed, "\(path.shown): \(error.detail)")
    }
    // A PPM's samples are written as they are: the largest pictures take half the memory limit.
    let pieces: [[UInt8]]
    do {
      pieces =
        encoding == .png
        ? [try ImageEncoder.png(image)] : [ImageEncoder.ppmHeader(image.size), image.samples]
    } catch {
      throw CommandFailure(.outputFailed, "\(output): \(error)")
    }
    let file = try OutputFile(RawArguments.path(for: output))
    for piece in pieces { try file.write(piece) }
    try file.finish()
  }
}

/// Reads and decodes one picture.
///
/// - Parameter admit: Called between the two with the memory that the picture takes.
/// - Throws: `Failure`, as it goes into a record.
func decode(
  _ path: InputPath, with decoder: ImageDecoder, isListed: Bool = false,
  admit: (Demand) -> Void = { _ in }
) throws(Failure) -> DecodedImage<UInt8> {
  do {
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.read(pathBytes: path.bytes, byteLimit: decoder.maxBytes)
    } catch let error as FileError {
      throw ImagingError.file(error)
    }
    if let header = try? decoder.header(bytes: bytes) {
      admit(
        Demand(
          weight: decoder.byteCount(decoding: header, fileByteCount: bytes.count),
          size: decoder.heldByteCount(header)))
    }
    return try decoder.decode(bytes: bytes)
  } catch let error as ImagingError {
    throw Failure(error, isListed: isListed, memoryLimit: decoder.memoryLimit)
  } catch {
    throw Failure(.internal, "\(error)")
  }
}
