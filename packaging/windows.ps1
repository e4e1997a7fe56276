# NOT TRIED: written from Microsoft's documentation, without Windows at hand. Whoever runs it first, say so in packaging\README.md.
#
# Builds the release without the inspection port and installs it for this user alone:
#   powershell -ExecutionPolicy Bypass -File packaging\windows.ps1             build and install
#   powershell -ExecutionPolicy Bypass -File packaging\windows.ps1 -Uninstall  take all of it away again
# The icon is in the program already (build.rs). The scheme's entries stand under HKEY_CURRENT_USER, so that no administrator
# is needed: https://learn.microsoft.com/windows/win32/shell/app-registration
param([switch]$Uninstall)
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..')

$folder = Join-Path $env:LOCALAPPDATA 'Programs\Sekisho'
$program = Join-Path $folder 'sekisho.exe'
$shortcut = Join-Path $env:APPDATA 'Microsoft\Windows\Start Menu\Programs\Sekisho.lnk'
$scheme = 'HKCU:\Software\Classes\sekisho'

if ($Uninstall) {
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue $scheme, $folder, $shortcut
    Write-Host 'Sekisho is gone; its settings and its journal are where they were.'
    exit 0
}

cargo build --release --locked --no-default-features --bin sekisho
if ($LASTEXITCODE -ne 0) { throw 'the build failed' }

New-Item -ItemType Directory -Force $folder | Out-Null
Copy-Item target\release\sekisho.exe $program -Force
Copy-Item LICENSE (Join-Path $folder 'LICENSE.txt') -Force
Copy-Item assets\fonts\LICENSE-*.txt $folder -Force

New-Item -Force $scheme | Out-Null
Set-ItemProperty $scheme '(default)' 'URL:Sekisho link'
Set-ItemProperty $scheme 'URL Protocol' ''
New-Item -Force "$scheme\DefaultIcon" | Out-Null
Set-ItemProperty "$scheme\DefaultIcon" '(default)' "`"$program`",0"
New-Item -Force "$scheme\shell\open\command" | Out-Null
# Behind the two dashes nothing is an option: a link with quotes in it is refused and never becomes --endpoint-url.
Set-ItemProperty "$scheme\shell\open\command" '(default)' "`"$program`" -- `"%1`""

$link = (New-Object -ComObject WScript.Shell).CreateShortcut($shortcut)
$link.TargetPath = $program
$link.WorkingDirectory = $env:USERPROFILE
$link.Save()
Write-Host "Installed in $folder; the Start menu has it."
