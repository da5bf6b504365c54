/* Go's runtime asks bcryptprimitives.dll for random bytes. Wine has had that
   library since version 9 only; RtlGenRandom gives the same bytes. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
	return RtlGenRandom(data, (ULONG)size);
}
